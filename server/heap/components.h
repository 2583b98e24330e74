// Strongly connected components: the reference cycles of the heap. Two objects are in one component
// when each reaches the other; only components of several objects, or of one that refers to itself,
// are cycles.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/heap_graph.h"

namespace whyalive::heap {

class Components {
 public:
  // Which references count: the edge-th of the first to the second. Without it all do.
  using Follows = std::function<bool(ObjectIndex from, std::uint32_t edge, ObjectIndex to)>;

  // Cycles come before those that refer to them.
  static Result<Components> find(const HeapGraph& graph, const RunControl& control,
                                 const Follows& follows = {});

  std::uint32_t cycleCount() const { return static_cast<std::uint32_t>(start_.size() - 1); }
  // Members of the i-th cycle.
  std::span<const std::uint32_t> members(std::uint32_t i) const {
    return std::span(members_).subspan(start_[i], start_[i + 1] - start_[i]);
  }

 private:
  std::vector<std::uint32_t> members_;
  std::vector<std::uint32_t> start_{0};
};

}  // namespace whyalive::heap
