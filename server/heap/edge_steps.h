// One step of a path, as the person who wrote the program would say it. Shared by expressions,
// holders and signatures.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "server/heap/analysis.h"
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

// Position of the reference from `from` to `to`: the one a person would name when there are
// several; kNoIndex when there is none.
std::uint32_t edgeBetween(const HeapGraph& graph, ObjectIndex from, ObjectIndex to);

}  // namespace whyalive::heap
