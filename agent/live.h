// Code that runs in the process itself, GIL held (agent/service/live_runner.h).
#pragma once

#include <cstdint>

#include "protocol/agent/messages.h"

namespace whyalive::agent {

// What the code prints by print() comes back; what other threads print goes where it always did.
// Names it makes last until an execution with `fresh`.
wire::ExecuteResult executeLive(const wire::ExecuteParams& params);
// Raises TimeoutError in that thread.
void interruptLive(std::uint64_t thread);

}  // namespace whyalive::agent
