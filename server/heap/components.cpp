// R. Tarjan, "Depth-first search and linear graph algorithms", 1972, with stacks of its own instead
// of recursion. An object without references is in no cycle and is left out from the start.
#include "server/heap/components.h"

#include <algorithm>

#include "server/heap/column.h"

namespace whyalive::heap {
namespace {

using snapshot::kNullEdge;

constexpr std::uint32_t kCheckEvery = 1u << 18;

class Search {
 public:
  Search(const HeapGraph& graph, const RunControl& control, const Components::Follows& follows)
      : graph_(graph),
        control_(control),
        follows_(follows),
        index_(graph.objectCount()),
        low_(graph.objectCount()) {}

  bool run() {
    for (std::uint32_t o = 0; o < index_.size(); ++o) {
      if (o % kCheckEvery == 0 && !control_.keepGoing("finding cycles", 0)) return false;
      index_[o] = 0;
    }
    for (std::uint32_t o = 0; o < graph_.objectCount(); ++o) {
      if (index_[o] != 0 || graph_.isLeaf(ObjectIndex{o})) continue;
      enter(o);
      while (!path_.empty()) advance();
      if (cancelled_) return false;
    }
    return true;
  }

  std::vector<std::uint32_t> members;
  std::vector<std::uint32_t> start{0};

 private:
  struct Visit {
    std::uint32_t object, edge;
  };

  void enter(std::uint32_t o) {
    index_[o] = low_[o] = ++counter_;
    open_.push_back(o);
    path_.push_back({o, 0});
    if (counter_ % kCheckEvery == 0 && !cancelled_) {
      const double share = static_cast<double>(counter_) / graph_.objectCount();
      cancelled_ = !control_.keepGoing("finding cycles", share);
      if (cancelled_) path_.clear();
    }
  }

  // Follows one more reference of the object at the end of the path, or leaves it.
  void advance() {
    const std::uint32_t o = path_.back().object;
    const auto edges = graph_.rawEdges(ObjectIndex{o});
    while (path_.back().edge < edges.size()) {
      const std::uint32_t edge = path_.back().edge++;
      const std::uint32_t target = edges[edge];
      if (target == kNullEdge || graph_.isLeaf(ObjectIndex{target})) continue;
      if (follows_ && !follows_(ObjectIndex{o}, edge, ObjectIndex{target})) continue;
      if (index_[target] == 0) return enter(target);
      if (low_[target] != kClosed) low_[o] = std::min(low_[o], index_[target]);
    }
    path_.pop_back();
    if (low_[o] == index_[o]) close(o);
    if (!path_.empty() && low_[o] != kClosed) {
      std::uint32_t& above = low_[path_.back().object];
      above = std::min(above, low_[o]);
    }
  }

  void close(std::uint32_t o) {
    const std::size_t first = members.size();
    std::uint32_t member = 0;
    do {
      member = open_.back();
      open_.pop_back();
      low_[member] = kClosed;
      members.push_back(member);
    } while (member != o);
    const bool alone = members.size() == first + 1;
    if (alone && !refersToItself(ObjectIndex{o})) {
      members.pop_back();
    } else {
      start.push_back(static_cast<std::uint32_t>(members.size()));
    }
  }

  bool refersToItself(ObjectIndex o) const {
    const auto edges = graph_.rawEdges(o);
    for (std::uint32_t i = 0; i < edges.size(); ++i) {
      if (edges[i] == raw(o) && (!follows_ || follows_(o, i, o))) return true;
    }
    return false;
  }

  static constexpr std::uint32_t kClosed = kNoIndex;  // its component is complete

  const HeapGraph& graph_;
  const RunControl& control_;
  const Components::Follows& follows_;
  Column<std::uint32_t> index_, low_;  // index 0 = not seen yet
  std::vector<std::uint32_t> open_;    // seen, component not complete
  std::vector<Visit> path_;
  std::uint32_t counter_ = 0;
  bool cancelled_ = false;
};

}  // namespace

Result<Components> Components::find(const HeapGraph& graph, const RunControl& control,
                                    const Follows& follows) {
  Search search(graph, control, follows);
  if (!search.run()) return fail(ErrorCode::Cancelled, "the analysis was cancelled");
  Components components;
  components.members_ = std::move(search.members);
  components.start_ = std::move(search.start);
  return components;
}

}  // namespace whyalive::heap
