// Where agents put their sockets: a folder that only we can use, so that nobody can plant one.
// The agent computes the same path by the same rules.
#pragma once

#include <sys/types.h>

#include <string>

#include "protocol/base/result.h"

namespace whyalive::net {

// WHYALIVE_RUNTIME_DIR, else $XDG_RUNTIME_DIR/whyalive, else /tmp/whyalive-<uid>.
std::string runtimeFolder();
std::string agentSocketPath(const std::string& folder, pid_t pid);

// The folder is a real folder of ours and closed to others; NotFound when there is none.
Result<void> checkRuntimeFolder(const std::string& folder);

}  // namespace whyalive::net
