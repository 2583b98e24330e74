// Whether libc's allocator can be used in this copy. A thread that no longer exists here may hold
// the lock of the arena that this thread would use; then malloc would wait for ever.
#pragma once

namespace whyalive::agent {

// In a twin or below only: uses SIGALRM.
bool mallocIsHeld();

}  // namespace whyalive::agent
