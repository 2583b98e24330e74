// Astray references: those that a person would not follow, since they lead from a thing to the
// world around it (an object's class, a function's globals, a frame's caller). Paths are named
// without them, and live cycles are told without them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "server/heap/heap_graph.h"

namespace whyalive::heap {

bool leadsAstray(LabelKind kind, std::string_view name);

// By shape, so that walking over all objects costs next to nothing.
class AstrayEdges {
 public:
  explicit AstrayEdges(const HeapGraph& graph);

  // One flag for each fixed edge of the object; empty where none leads astray.
  const std::vector<bool>& of(ObjectIndex o) const {
    return skips_[graph_->snapshot().shape[raw(o)]];
  }
  bool skips(ObjectIndex o, std::uint32_t edge) const {
    const std::vector<bool>& skips = of(o);
    return edge < skips.size() && skips[edge];
  }
  // A reference from one to the other that does not lead astray; there is one of any kind.
  bool joins(ObjectIndex from, ObjectIndex to) const;

 private:
  const HeapGraph* graph_;
  std::vector<std::vector<bool>> skips_;
};

}  // namespace whyalive::heap
