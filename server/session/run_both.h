// Two pieces of work side by side, for heap::analyse: the second on a thread of its own.
#pragma once

#include "server/heap/analysis.h"

namespace whyalive::session {

// The first runs on the caller's thread. With one processor they run one after the other.
heap::RunBoth runBoth();

}  // namespace whyalive::session
