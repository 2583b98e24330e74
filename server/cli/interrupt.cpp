#include "server/cli/interrupt.h"

#include <csignal>

namespace whyalive::cli {
namespace {

volatile std::sig_atomic_t interruptSeen = 0;

volatile std::sig_atomic_t interruptsCounted = 0;

void onSignal(int) { interruptSeen = 1; }
void onCounted(int) { interruptsCounted = interruptsCounted + 1; }

}  // namespace

void watchForInterrupt() {
  struct sigaction action{};
  action.sa_handler = onSignal;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return interruptSeen != 0; }

void countInterrupts() {
  struct sigaction action{};
  action.sa_handler = onCounted;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  interruptsCounted = 0;
}

int interruptCount() { return interruptsCounted; }

}  // namespace whyalive::cli
