// Retained sizes of sets: what goes when all of a set go at once (guppy's domisize). Exact, also
// for what several members hold together and for what hangs in cycles; dominators give but the sum
// of what single members hold. Pure; linear in the heap, for all the sets of a call together; of
// one set alone retained_set.h asks less.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/heap_graph.h"
#include "server/heap/roots.h"

namespace whyalive::heap {

inline constexpr std::uint32_t kMostSets = 30;
inline constexpr std::uint8_t kInNoSet = 255;

// setOf: for each object the set that it belongs to, or kInNoSet. Each set is taken away alone.
Result<std::vector<Bytes>> retainedBySets(const HeapGraph& graph, const Roots& roots,
                                          std::span<const std::uint8_t> setOf, std::uint32_t sets,
                                          const RunControl& control = {});

}  // namespace whyalive::heap
