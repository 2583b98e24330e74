// Ctrl-C and SIGTERM as a flag that long work looks at, so that half-written files are removed.
// A second Ctrl-C ends the process at once. Signal handlers leave no choice but one static flag.
#pragma once

namespace whyalive::cli {

void watchForInterrupt();
bool interrupted();

}  // namespace whyalive::cli
