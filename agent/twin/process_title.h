// What ps, top and pgrep show of this process.
#pragma once

#include <sys/types.h>

namespace whyalive::agent {

// A copy has its original's command line, and whoever counts workers by it would count the copy
// too. Writes "whyalive: frozen copy of process N" in its place. In a copy only.
void showInProcessLists(pid_t original);

}  // namespace whyalive::agent
