// A ring: the shortest way from an object of a cycle back to itself, as a person reads it.
//
//   Node ──children──► list ──0──► Node ──parent──► Node        Node.children[0].parent
//
// The plumbing (namespaces, cells) is left out as in paths. Where a cycle has several shortest
// rings, the one whose text comes first is taken, begun at the object whose text comes first, so
// equal cycles have equal texts. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "server/heap/analysis.h"
#include "server/heap/components.h"
#include "server/heap/holder.h"
#include "server/heap/zero_column.h"

namespace whyalive::heap {

struct RingStep {
  ObjectIndex object = kNoObject;  // refers to the next one's object, the last to the first
  Step step;
  std::string text;  // ".children", "[0]"
};

struct Ring {
  std::vector<RingStep> steps;
  std::string expression;  // "Node.children[…].parent"
  std::string key;         // equal for equal rings: expression with qualified types
};

// Finds rings of the cycles of one heap, one after the other. Not thread-safe.
class RingFinder {
 public:
  // Cancelled, what it tells is incomplete. The control must outlive it.
  RingFinder(const Analysis& analysis, const Components& components, Components::Follows follows,
             const RunControl& control);

  Ring ringOf(std::uint32_t cycle);

 private:
  // The shortest way from start back to itself, as objects, start first.
  std::vector<ObjectIndex> shortest(ObjectIndex start);
  std::vector<ObjectIndex> startsIn(std::span<const std::uint32_t> members) const;
  Ring describe(std::span<const ObjectIndex> objects) const;

  const Analysis& a_;
  const Components& components_;
  Components::Follows follows_;
  const RunControl& control_;
  // By object, plus 1: its cycle; whom the search that runs came from. 0: none.
  ZeroColumn<std::uint32_t> cycleOf_, cameFrom_;
};

}  // namespace whyalive::heap
