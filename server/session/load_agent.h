// The agent into a running process that was started without it, by the same rules for the command
// line and for editors. A process whose agent listens is left alone. Blocking, for some
// milliseconds as a rule; any thread.
#pragma once

#include <sys/types.h>

#include <string>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/attach/attach.h"

namespace whyalive::session {

Result<attach::AttachReport> loadAgent(pid_t pid, const std::string& runtimeFolder,
                                       attach::Method method, const RunControl& control);

}  // namespace whyalive::session
