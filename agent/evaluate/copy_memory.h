// Memory for the interpreter of an evaluation, apart from libc's allocator: in the copy a thread
// that no longer exists may hold that one's lock for ever. New blocks come from a region of their
// own; blocks that the process had are never given back. Bounded: the region is all there is.
#pragma once

#include <cstdint>

namespace whyalive::agent {

// From here on Python's raw allocations, and others that went to malloc, come from the region.
// False when the kernel gives none.
bool useCopyMemory(std::uint64_t bytes);

}  // namespace whyalive::agent
