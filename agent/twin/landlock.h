// Landlock, for kernels that have it and refuse a seccomp filter: keeps this process from changing
// files and starting programs, and from TCP connections and signals to others where the kernel is
// new enough. System calls only; allocates nothing.
#pragma once

#include "protocol/agent/twin_messages.h"

namespace whyalive::agent {

// What confineByLandlock would give: Landlock, LandlockFiles, or Limits when there is none.
wire::Guard landlockHere();

// For good, for this thread and what it starts. Limits: nothing was done.
wire::Guard confineByLandlock();

}  // namespace whyalive::agent
