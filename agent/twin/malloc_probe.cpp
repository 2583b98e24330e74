#include "agent/twin/malloc_probe.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

namespace whyalive::agent {
namespace {

constexpr suseconds_t kPatienceUs = 200'000;
constexpr std::size_t kPastThreadCaches = 5000;  // bytes: smaller blocks need no lock

sigjmp_buf escape;

void onAlarm(int) { siglongjmp(escape, 1); }

void* volatile probed;

}  // namespace

bool mallocIsHeld() {
  struct sigaction mine{};
  mine.sa_handler = onAlarm;
  struct sigaction before{};
  sigaction(SIGALRM, &mine, &before);
  bool held = false;
  if (sigsetjmp(escape, 1) == 0) {
    const itimerval patience{{0, 0}, {0, kPatienceUs}};
    setitimer(ITIMER_REAL, &patience, nullptr);
    probed = malloc(kPastThreadCaches);
    free(probed);
  } else {
    held = true;
  }
  const itimerval none{{0, 0}, {0, 0}};
  setitimer(ITIMER_REAL, &none, nullptr);
  sigaction(SIGALRM, &before, nullptr);
  return held;
}

}  // namespace whyalive::agent
