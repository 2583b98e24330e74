// Copies this process as the kernel does it, without fork(): no handler of any library runs, and no
// signal is sent when the copy ends (exit signal 0), so that only waitpid(pid, …, __WALL) finds it.
#pragma once

#include <sched.h>

namespace whyalive::agent {

inline constexpr unsigned long kCopyFlags =
    CLONE_UNTRACED | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;

// 0 in the copy, its pid in the original, or -1 with errno.
long rawClone(unsigned long moreFlags);

}  // namespace whyalive::agent
