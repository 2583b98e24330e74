#include "agent/twin/malloc_probe.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

namespace whyalive::agent {
namespace {

constexpr timeval kPatience{0, 200'000};
// Ended while it counts, it would leave a lock behind: long enough for a busy machine.
constexpr timeval kLongPatience{1, 0};
constexpr std::size_t kPastThreadCaches = 5000;  // bytes: smaller blocks need no lock

sigjmp_buf escape;

void onAlarm(int) { siglongjmp(escape, 1); }

void* volatile probed;

// Runs it, but not for ever: false when it did not come back. An alarm that is set goes on after.
template <class Work>
bool comesBack(const timeval& patience, Work work) {
  struct sigaction mine{};
  mine.sa_handler = onAlarm;
  struct sigaction before{};
  sigaction(SIGALRM, &mine, &before);
  sigset_t alarm, masked;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  sigprocmask(SIG_UNBLOCK, &alarm, &masked);
  static itimerval rest;
  volatile bool back = false;
  if (sigsetjmp(escape, 1) == 0) {
    const itimerval once{{0, 0}, patience};
    setitimer(ITIMER_REAL, &once, &rest);
    work();
    back = true;
  }
  setitimer(ITIMER_REAL, &rest, nullptr);
  sigaction(SIGALRM, &before, nullptr);
  sigprocmask(SIG_SETMASK, &masked, nullptr);
  return back;
}

}  // namespace

bool mallocIsHeld() {
  return !comesBack(kPatience, [] {
    probed = malloc(kPastThreadCaches);
    free(probed);
  });
}

MallocInfo findMallocInfo() {
  return reinterpret_cast<MallocInfo>(dlsym(RTLD_DEFAULT, "mallinfo2"));
}

std::optional<std::uint64_t> mallocInUseHere(MallocInfo info) {
  static struct mallinfo2 found;  // outlives the jump
  if (info == nullptr || !comesBack(kLongPatience, [info] { found = info(); })) return std::nullopt;
  return inUse(found);
}

}  // namespace whyalive::agent
