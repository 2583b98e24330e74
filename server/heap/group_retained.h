// Retained size of every group of a partition at once: for each group the sizes of its outermost
// members in the dominator tree. A lower bound of what goes when the whole group goes, since
// objects that several members share count only where one object dominates them.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/base/run_control.h"
#include "server/heap/dominators.h"

namespace whyalive::heap {

// groupOf(object) gives a group below `groups`, or kNoIndex for none. One pass over the tree;
// cancelled, it is incomplete.
template <class GroupOf>
std::vector<Bytes> retainedByGroup(const Dominators& dominators, std::uint32_t groups,
                                   GroupOf groupOf, const RunControl& control) {
  constexpr std::uint32_t kCheckEvery = 1u << 18;
  // Preorder keeps a subtree together, so a group's member lies inside another one exactly when it
  // comes before that one's end.
  std::vector<Bytes> retained(groups);
  std::vector<std::uint32_t> insideUntil(groups);
  const auto order = dominators.preorder();
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    if (i % kCheckEvery == 0 && !control.keepGoing("adding up", 1.0 * i / order.size())) break;
    const std::uint32_t group = groupOf(order[i]);
    if (group == kNoIndex || i < insideUntil[group]) continue;
    retained[group] += dominators.retainedAt(i);
    insideUntil[group] = i + dominators.subtreeCountAt(i);
  }
  return retained;
}

}  // namespace whyalive::heap
