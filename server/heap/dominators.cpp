// From the tree of nodes (dominator_tree.h) to what is kept of it for every object.
#include "server/heap/dominators.h"

#include <algorithm>
#include <map>
#include <utility>

#include "server/heap/dominator_tree.h"

namespace whyalive::heap {

namespace {

constexpr std::uint32_t kCheckEvery = 1u << 17;  // steps between two looks at RunControl

// Native memory that belongs to the object alone, by object; and buffers that several share, by the
// node that dominates all of them (0: nobody retains it).
struct NativeMemory {
  std::vector<std::pair<std::uint32_t, Bytes>> own;
  std::vector<std::pair<std::uint32_t, Bytes>> shared;
};

NativeMemory placeNativeMemory(const HeapGraph& graph, const DominatorTree& tree) {
  std::map<std::uint64_t, std::vector<const NativeSizeRecord*>> buffers;
  NativeMemory memory;
  for (const NativeSizeRecord& n : graph.snapshot().nativeSizes) {
    if (n.buffer == 0) {
      memory.own.emplace_back(raw(n.object), n.bytes);
    } else {
      buffers[n.buffer].push_back(&n);
    }
  }
  for (const auto& [id, users] : buffers) {
    if (users.size() == 1) {
      memory.own.emplace_back(raw(users[0]->object), users[0]->bytes);
      continue;
    }
    std::uint32_t node = kNoIndex;
    const NativeSizeRecord* some = nullptr;
    bool several = false;  // objects; a leaf that uses it alone is no node
    for (const NativeSizeRecord* user : users) {
      const std::uint32_t at = tree.nodeOf(user->object);
      if (at == kNoIndex) continue;
      node = node == kNoIndex ? at : tree.commonAncestor(node, at);
      several = several || (some != nullptr && some->object != user->object);
      some = user;
    }
    if (some != nullptr && !several) {
      memory.own.emplace_back(raw(some->object), some->bytes);
      continue;
    }
    memory.shared.emplace_back(node == kNoIndex ? 0 : node, users[0]->bytes);
  }
  return memory;
}

}  // namespace

// Adds up what the nodes of the tree retain and hands out positions in preorder.
class Dominators::Layout {
 public:
  Layout(const HeapGraph& graph, DominatorTree& tree, const RunControl& control, Dominators& d)
      : graph_(graph),
        tree_(tree),
        control_(control),
        d_(d),
        objects_(graph.objectCount()),
        nodes_(tree.size()) {}

  bool run() {
    const NativeMemory memory = placeNativeMemory(graph_, tree_);
    DominatorTree::Spare spare = tree_.takeSpare();
    count_ = std::move(spare.ofNodes);
    cursor_ = std::move(spare.alsoOfNodes);
    d_.position_ = std::move(spare.ofObjects);
    if (!addUp(memory)) return false;
    d_.total_ = bytes_[0];
    d_.reachableCount_ = count_[0];
    d_.idom_.resize(objects_);
    d_.order_.resize(objects_);
    d_.bits_.assign(objects_ / 64 + 1, 0);
    return placeNodes() && placeOthers() && list(memory);
  }

 private:
  bool keepGoing(std::uint32_t step, double fraction) const {
    return step % kCheckEvery != 0 || control_.keepGoing("finding dominators", fraction);
  }

  // Of an object that has no position yet: as DominatorTree::nodeOf.
  std::uint32_t nodeOf(std::uint32_t o) const {
    const std::uint32_t node = d_.position_[o];
    return node != 0 || graph_.isLeaf(ObjectIndex{o}) ? node : kNoIndex;
  }

  // Every node's number is greater than its dominator's.
  bool addUp(const NativeMemory& memory) {
    bytes_.resize(nodes_);
    for (std::uint32_t w = 0; w < nodes_; ++w) {
      if (!keepGoing(w, 0.8)) return false;
      bytes_[w] = count_[w] = 0;
    }
    for (std::uint32_t o = 0; o < objects_; ++o) {
      const std::uint32_t node = nodeOf(o);
      if (!keepGoing(o, 0.8)) return false;
      if (node == kNoIndex) continue;
      bytes_[node] += graph_.size(ObjectIndex{o});
      ++count_[node];
    }
    for (const auto& [object, bytes] : memory.own) {
      const std::uint32_t node = nodeOf(object);
      if (node != kNoIndex) bytes_[node] += bytes;
    }
    for (const auto& [node, bytes] : memory.shared) bytes_[node] += bytes;
    for (std::uint32_t w = nodes_ - 1; w >= 1; --w) {
      if (!keepGoing(w, 0.85)) return false;
      bytes_[tree_.idom[w]] += bytes_[w];
      count_[tree_.idom[w]] += count_[w];
    }
    return true;
  }

  void put(std::uint32_t o, std::uint32_t position, std::uint32_t idom) {
    d_.position_[o] = position;
    d_.order_[position] = o;
    d_.idom_[o] = idom;
  }
  void markListed(std::uint32_t position) {
    d_.bits_[position >> 6] |= std::uint64_t{1} << (position & 63);
  }

  // Every node comes after its dominator, so one pass hands out preorder positions.
  bool placeNodes() {
    for (std::uint32_t w = 0; w < nodes_; ++w) {
      if (!keepGoing(w, 0.85)) return false;
      cursor_[w] = 0;
    }
    for (std::uint32_t w = 1; w < nodes_; ++w) {
      const std::uint32_t o = tree_.vertex[w];
      const std::uint32_t above = tree_.idom[w];
      const std::uint32_t position = cursor_[above];
      put(o, position, tree_.vertex[above]);
      cursor_[w] = position + 1;
      cursor_[above] += count_[w];
      if (count_[w] > 1 || bytes_[w] != d_.sizes_[o]) markListed(position);
      if (!keepGoing(w, 0.85)) return false;
    }
    return true;
  }

  // Leaves, and what no root reaches. Nodes have their positions in place of their numbers already;
  // 0, which marks what no root reaches, is the first node's.
  bool placeOthers() {
    const std::uint32_t firstNode = nodes_ > 1 ? tree_.vertex[1] : kNoIndex;
    std::uint32_t end = d_.reachableCount_;
    for (std::uint32_t o = 0; o < objects_; ++o) {
      const std::uint32_t node = d_.position_[o];
      if (!keepGoing(o, 0.9)) return false;
      if (!graph_.isLeaf(ObjectIndex{o})) {
        if (node == 0 && o != firstNode) put(o, end++, kNoIndex);
      } else if (node == kNoIndex) {
        put(o, end++, kNoIndex);
      } else {
        put(o, cursor_[node]++, tree_.vertex[node]);
      }
    }
    return true;
  }

  void setListed(std::uint32_t position, std::uint32_t count, Bytes retained) {
    d_.listed_[d_.rank(position)] = {count, static_cast<std::uint32_t>(retained),
                                     static_cast<std::uint32_t>(retained >> 32)};
  }
  bool isNode(ObjectIndex o) const { return !graph_.isLeaf(o) && d_.reachable(o); }

  bool list(const NativeMemory& memory) {
    // What is no node and yet not just its small size.
    std::map<std::uint32_t, Bytes> alone;
    for (const auto& [o, bytes] : graph_.snapshot().largeSizes) alone[o] = bytes;
    for (const auto& [o, bytes] : memory.own) {
      const auto [it, added] = alone.try_emplace(o, graph_.size(ObjectIndex{o}));
      it->second += bytes;
    }
    std::erase_if(alone, [&](const auto& one) { return isNode(ObjectIndex{one.first}); });
    for (const auto& [o, bytes] : alone) markListed(d_.position_[o]);

    d_.rank_.resize(d_.bits_.size());
    std::uint32_t total = 0;
    for (std::size_t word = 0; word < d_.bits_.size(); ++word) {
      d_.rank_[word] = total;
      total += bitCount(d_.bits_[word]);
    }
    d_.listed_.resize(total);
    for (std::uint32_t w = 1; w < nodes_; ++w) {
      const std::uint32_t position = d_.position_[tree_.vertex[w]];
      if (d_.isListed(position)) setListed(position, count_[w], bytes_[w]);
      if (!keepGoing(w, 0.95)) return false;
    }
    for (const auto& [o, bytes] : alone) setListed(d_.position_[o], 1, bytes);
    return true;
  }

  const HeapGraph& graph_;
  DominatorTree& tree_;
  const RunControl& control_;
  Dominators& d_;
  const std::uint32_t objects_, nodes_;
  Column<Bytes> bytes_;                   // by node
  Column<std::uint32_t> count_, cursor_;  // by node
};

Result<Dominators> Dominators::find(const HeapGraph& graph, SpanningTree spanning,
                                    const RunControl& control) {
  const auto cancelled = [] { return fail(ErrorCode::Cancelled, "the analysis was cancelled"); };
  DominatorTree tree(graph, std::move(spanning));
  if (!tree.find(control)) return cancelled();
  Dominators d;
  d.sizes_ = graph.snapshot().size;
  if (!Layout(graph, tree, control, d).run()) return cancelled();
  for (std::uint32_t i = d.reachableCount_; i < d.order_.size(); ++i) {
    if (i % kCheckEvery == 0 && !control.keepGoing("finding dominators", 1)) return cancelled();
    const std::uint32_t o = d.order_[i];
    d.garbageSize_ += graph.size(ObjectIndex{o}) + graph.nativeSize(ObjectIndex{o});
  }
  return d;
}

}  // namespace whyalive::heap
