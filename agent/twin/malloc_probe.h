// Whether libc's allocator can be used in this copy. A thread that no longer exists here may hold
// the lock of the arena that this thread would use; then malloc would wait for ever.
#pragma once

#include <malloc.h>

#include <cstdint>
#include <optional>

namespace whyalive::agent {

// By name: a C library before 2.33 has none, and the agent loads there all the same. Null then;
// looked up in the process itself, since that may allocate.
using MallocInfo = struct mallinfo2 (*)();
MallocInfo findMallocInfo();

// What malloc has handed out, large blocks of their own included.
inline std::uint64_t inUse(const struct mallinfo2& info) { return info.uordblks + info.hblkhd; }

// Asks in a twin: nothing where there is nobody to ask, or where the locks are held.
std::optional<std::uint64_t> mallocInUseHere(MallocInfo info);

// In a twin or below only: uses SIGALRM.
bool mallocIsHeld();

}  // namespace whyalive::agent
