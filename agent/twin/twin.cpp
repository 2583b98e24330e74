#include "agent/twin/twin.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "agent/twin/isolation.h"
#include "agent/twin/raw_clone.h"

namespace whyalive::agent {
namespace {

constexpr unsigned kSetUpSeconds = 10;
constexpr unsigned kWorkSeconds = 15 * 60;

void unblock(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
}

// The process's handlers must not run in the copy. SIGALRM ends a copy that hangs.
void resetSignals() {
  struct sigaction byDefault{};
  byDefault.sa_handler = SIG_DFL;
  for (int signal = 1; signal < 65; ++signal) {
    // The raw call: the library's own refuses the two signals it keeps for itself.
    syscall(SYS_rt_sigaction, signal, &byDefault, nullptr, 8);
  }
}

void limitHarm() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  // The process may have used its descriptors up, and their numbers are taken in the copy, too.
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  const int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file >= 0) {
    [[maybe_unused]] const ssize_t n = write(file, "1000", 4);
    close(file);
  }
}

[[noreturn]] void live(const TwinPlan& plan, pid_t parent, int (*body)(void*), void* context) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // ends a stopped one, too; there is nothing to clear away yet
  resetSignals();
  unblock(SIGALRM);
  unblock(SIGTERM);
  alarm(kSetUpSeconds);
  prctl(PR_SET_NAME, "whyalive-twin");
  if (getppid() != parent) _exit(kTwinSetUpFailed);
  setsid();
  limitHarm();
  if (!isolate(plan)) _exit(kTwinSetUpFailed);
  alarm(kWorkSeconds);
  _exit(body(context));
}

}  // namespace

pid_t makeTwin(const TwinPlan& plan, int (*body)(void*), void* context) {
  const pid_t parent = getpid();
  const long pid = rawClone(0);
  if (pid == 0) live(plan, parent, body, context);
  return pid < 0 ? -errno : static_cast<pid_t>(pid);
}

TwinEnd reapTwin(pid_t pid) {
  int status = 0;
  TwinEnd end;
  pid_t reaped;
  do {
    reaped = waitpid(pid, &status, __WALL);
  } while (reaped < 0 && errno == EINTR);
  if (reaped != pid) return end;
  if (WIFEXITED(status)) {
    end.exited = true;
    end.code = WEXITSTATUS(status);
  } else if (WIFSIGNALED(status)) {
    end.signal = WTERMSIG(status);
  }
  return end;
}

}  // namespace whyalive::agent
