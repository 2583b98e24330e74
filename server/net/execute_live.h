// Runs code in the process itself, by its agent: see agent/execute in protocol/agent/messages.h.
// Blocks the calling thread; the code's time limit is the agent's. A lost process or `control` end
// the waiting, not the code.
#pragma once

#include <sys/types.h>

#include "protocol/agent/messages.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"

namespace whyalive::net {

Result<agent::wire::ExecuteResult> executeLive(pid_t pid, const agent::wire::ExecuteParams& params,
                                               const RunControl& control = {});

}  // namespace whyalive::net
