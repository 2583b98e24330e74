// One step of a path, as the person who wrote the program would say it. Shared by expressions,
// holders and signatures.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "server/heap/analysis.h"
#include "server/heap/edge_choice.h"
#include "server/heap/expression.h"
#include "server/heap/holder.h"

namespace whyalive::heap {

// A step with what it starts from: the instance, module, class or function that has the name.
struct OwnedStep {
  Step step;
  ObjectIndex owner = kNoObject;
};

std::vector<OwnedStep> ownedStepsAlong(const Analysis& analysis, std::span<const ObjectIndex> path,
                                       Masking masking);

// One reference: the edge-th of `from`.
struct Hop {
  ObjectIndex from = kNoObject;
  std::uint32_t edge = 0;
};
// Steps along exactly these references, whatever leads to the first; none where all are plumbing.
std::vector<OwnedStep> ownedStepsAlong(const Analysis& analysis, std::span<const Hop> hops,
                                       Masking masking);

}  // namespace whyalive::heap
