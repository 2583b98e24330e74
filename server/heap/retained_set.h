// The retained size of one set: what goes when all of it goes at once (guppy's domisize), found
// from what is known of the heap already, so that most of it is not looked at again. Exact, as
// retained_sets.h is for many sets together. Pure.
#pragma once

#include <span>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"

namespace whyalive::heap {

Result<Bytes> retainedSize(const Analysis& analysis, std::span<const ObjectIndex> set,
                           const RunControl& control = {});

}  // namespace whyalive::heap
