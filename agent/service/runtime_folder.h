// The private folder of agents' sockets: the user's own, 0700, no symlink, or nothing is done.
#pragma once

#include <sys/types.h>

#include <string>

#include "protocol/base/result.h"

namespace whyalive::agent {

// WHYALIVE_RUNTIME_DIR, else $XDG_RUNTIME_DIR/whyalive, else /tmp/whyalive-<uid>. Reads the
// environment.
std::string runtimeFolder();

// Makes it when absent; refuses one that others could tamper with.
Result<void> makeRuntimeFolder(const std::string& folder);

std::string socketPath(const std::string& folder, pid_t pid);

}  // namespace whyalive::agent
