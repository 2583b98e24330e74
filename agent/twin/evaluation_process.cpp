#include "agent/twin/evaluation_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "agent/twin/isolation.h"
#include "agent/twin/raw_clone.h"

namespace whyalive::agent {
namespace {

constexpr int kCouldNotStart = 97;

[[noreturn]] void live(const EvaluationSetup& setup, int output,
                       int (*body)(const EvaluationSetup&)) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != setup.twin) _exit(kCouldNotStart);
  prctl(PR_SET_NAME, "whyalive-value");
  struct sigaction byDefault{};
  byDefault.sa_handler = SIG_DFL;
  sigaction(SIGTERM, &byDefault, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int keep[2] = {setup.stream, output};
  if (!buryDescriptors(keep, 2)) _exit(kCouldNotStart);
  // The numbers 1 and 2 are those of the process's own output, cut off long ago.
  if (dup2(output, 1) < 0 || dup2(output, 2) < 0) _exit(kCouldNotStart);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null >= 0) dup3(null, output, O_CLOEXEC);
  _exit(body(setup));
}

}  // namespace

pid_t startEvaluation(EvaluationSetup setup, int output, int (*body)(const EvaluationSetup&)) {
  if (setup.stream < 0 || output < 0 || !body) return -EINVAL;
  const long pid = rawClone(0);
  if (pid == 0) live(setup, output, body);
  return pid < 0 ? -errno : static_cast<pid_t>(pid);
}

void killEvaluation(pid_t pid, EvaluationSlot& slot) {
  kill(pid, SIGKILL);
  const pid_t checkpoint = slot.checkpoint.exchange(0);
  if (checkpoint > 0) kill(checkpoint, SIGKILL);
}

}  // namespace whyalive::agent
