// The retained size of one set: what goes when all of it goes at once (guppy's domisize), found
// from what is known of the heap already, so that most of it is not looked at again. Exact, as
// retained_sets.h is for many sets together. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"

namespace whyalive::heap {

Result<Bytes> retainedSize(const Analysis& analysis, std::span<const ObjectIndex> set,
                           const RunControl& control = {});

// Of several sets, each taken away alone: as retainedBySets (retained_sets.h), or one by one where
// that is shorter. `atLeast` has a lower bound for each of them, what single members hold.
Result<std::vector<Bytes>> retainedSizes(const Analysis& analysis,
                                         std::span<const std::uint8_t> setOf,
                                         std::span<const Bytes> atLeast,
                                         const RunControl& control = {});

}  // namespace whyalive::heap
