// Cuts a fresh twin off from everything it shares with the process it was copied from: descriptors
// and shared memory. Without malloc, stdio or Python.
#pragma once

#include "agent/twin/twin.h"

namespace whyalive::agent {

// False when something could not be cut off; the twin must end then.
bool isolate(const TwinPlan& plan);

// Every number that this process or its parent uses, but those kept, becomes /dev/null: a closed
// one would be handed out again, and what the copy's buffers hold would then go into the wrong
// file.
bool buryDescriptors(const int* keep, int count);

}  // namespace whyalive::agent
