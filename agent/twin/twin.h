// The twin: a frozen copy of the whole process, made so that the process cannot notice.
//
// A raw clone, never fork(): no fork handler of any library runs, no SIGCHLD is sent, no wait() of
// the process finds a child. In the copy only the calling thread exists; it must stay away from
// malloc, from stdio and from Python (a lock may be held by a thread that is not there any more).
//
// The thread that clones must live as long as the twin may: the kernel ties the two together.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace whyalive::agent {

struct TwinPlan {
  int keep[4];  // descriptors the twin needs; all others become /dev/null or are closed
  int keepCount = 0;
  const void* sharedStart = nullptr;  // shared memory that stays shared: the report
  std::size_t sharedBytes = 0;
};

// Returns the twin's pid, or -errno. In the copy it does not return: it sets itself up, runs
// body(context) and exits with its result. Call with the GIL held; nothing here is slow but the
// clone.
pid_t makeTwin(const TwinPlan& plan, int (*body)(void*), void* context);

// How a twin ended, read from waitpid. Never blocks longer than the twin takes to die.
struct TwinEnd {
  bool exited = false;
  int code = 0;    // exit code
  int signal = 0;  // that killed it
};
TwinEnd reapTwin(pid_t pid);

// Exit code of a twin whose set-up failed: the snapshot may be tried again.
inline constexpr int kTwinSetUpFailed = 97;

}  // namespace whyalive::agent
