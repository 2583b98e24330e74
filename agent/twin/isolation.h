// Cuts a fresh twin off from everything it shares with the process it was copied from: descriptors
// and shared memory. Without malloc, stdio or Python.
#pragma once

#include "agent/twin/twin.h"

namespace whyalive::agent {

// False when something could not be cut off; the twin must end then.
bool isolate(const TwinPlan& plan);

}  // namespace whyalive::agent
