// Ctrl-C and SIGTERM as a flag that long work looks at, so that half-written files are removed.
// A second Ctrl-C ends the process at once. Signal handlers leave no choice but one static flag.
#pragma once

namespace whyalive::cli {

void watchForInterrupt();
bool interrupted();

// For a console, which lives on after Ctrl-C: from now on counts them, beginning with 0. They
// interrupt a call that waits.
void countInterrupts();
int interruptCount();

}  // namespace whyalive::cli
