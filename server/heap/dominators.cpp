// Semi-NCA (L. Georgiadis, R. Tarjan, R. Werneck, "Finding Dominators in Practice", 2006) over the
// objects that refer to something; leaves, about half of a heap, get their dominator afterwards as
// the nearest common ancestor of their referrers. Nothing recurses.
//
// Two walks up the growing tree could be long on a deep heap (a list of millions of links), so each
// node also keeps one far ancestor (E. Myers, "An applicative random-access stack", 1983): any
// ancestor is found in O(log n) steps.
#include "server/heap/dominators.h"

#include <algorithm>
#include <map>
#include <utility>

namespace whyalive::heap {
namespace {

using snapshot::kNullEdge;

constexpr std::uint32_t kCheckEvery = 1u << 18;  // steps between two looks at RunControl

// Nodes are numbered in depth-first preorder from 1; 0 stands for the roots together.
struct Tree {
  std::vector<std::uint32_t> number;  // by object: its node, 0 = a leaf or unreachable
  std::vector<std::uint32_t> vertex;  // by node: its object
  std::vector<std::uint32_t> parent;  // by node: in the spanning tree
  std::vector<std::uint32_t> idom;    // by node
  std::vector<std::uint32_t> depth;   // by node, in the dominator tree
  std::vector<std::uint32_t> jump;    // by node: a far ancestor in the dominator tree
  std::vector<bool> isRoot;           // by object
  std::uint32_t size() const { return static_cast<std::uint32_t>(vertex.size()); }
};

class Finder {
 public:
  Finder(const HeapGraph& graph, const Roots& roots, const RunControl& control)
      : graph_(graph), roots_(roots), control_(control) {}

  bool run() { return span() && findSemidominators() && findIdoms() && placeLeaves(); }

  Tree tree;
  std::vector<std::uint32_t> leafIdom;  // by object: node, kNoIndex = no reachable leaf

  std::uint32_t commonAncestor(std::uint32_t a, std::uint32_t b) const;

 private:
  bool span();
  bool findSemidominators();
  bool findIdoms();
  bool placeLeaves();
  std::uint32_t bestOnPath(std::uint32_t v, std::uint32_t linkedAbove);
  bool keepGoing(std::uint32_t step, double fraction) const {
    return step % kCheckEvery != 0 || control_.keepGoing("finding dominators", fraction);
  }
  double share(std::uint32_t node) const { return static_cast<double>(node) / tree.size(); }

  const HeapGraph& graph_;
  const Roots& roots_;
  const RunControl& control_;
  std::vector<std::uint32_t> semi_, label_, ancestor_, path_;
};

// Depth-first spanning tree of the objects with references.
bool Finder::span() {
  const std::uint32_t n = graph_.objectCount();
  tree.number.assign(n, 0);
  tree.isRoot.assign(n, false);
  tree.vertex.assign(1, kNoIndex);
  tree.parent.assign(1, 0);
  struct Visit {
    std::uint32_t node, edge;
  };
  std::vector<Visit> stack;
  const auto enter = [&](std::uint32_t object, std::uint32_t parent) {
    const std::uint32_t node = tree.size();
    tree.number[object] = node;
    tree.vertex.push_back(object);
    tree.parent.push_back(parent);
    stack.push_back({node, 0});
  };
  for (const Root& root : roots_.all()) {
    tree.isRoot[raw(root.object)] = true;
    if (tree.number[raw(root.object)] != 0 || graph_.isLeaf(root.object)) continue;
    enter(raw(root.object), 0);
    while (!stack.empty()) {
      const Visit visit = stack.back();
      const auto edges = graph_.rawEdges(ObjectIndex{tree.vertex[visit.node]});
      std::uint32_t e = visit.edge;
      while (e < edges.size() && (edges[e] == kNullEdge || tree.number[edges[e]] != 0 ||
                                  graph_.isLeaf(ObjectIndex{edges[e]}))) {
        ++e;
      }
      if (e == edges.size()) {
        stack.pop_back();
        continue;
      }
      stack.back().edge = e + 1;
      enter(edges[e], visit.node);
      if (!keepGoing(tree.size(), 0.3 * tree.size() / n)) return false;
    }
  }
  return true;
}

// The node with the least semidominator on the way from v up to, but without, the first node that
// is not linked yet; compresses that way.
std::uint32_t Finder::bestOnPath(std::uint32_t v, std::uint32_t linkedAbove) {
  path_.clear();
  std::uint32_t top = v;
  while (ancestor_[top] > linkedAbove) {
    path_.push_back(top);
    top = ancestor_[top];
  }
  std::uint32_t best = label_[top];
  const std::uint32_t end = ancestor_[top];
  while (!path_.empty()) {
    const std::uint32_t z = path_.back();
    path_.pop_back();
    if (semi_[label_[z]] > semi_[best]) {
      label_[z] = best;
    } else {
      best = label_[z];
    }
    ancestor_[z] = end;
  }
  return label_[v];
}

bool Finder::findSemidominators() {
  const std::uint32_t n = tree.size();
  semi_.resize(n);
  label_.resize(n);
  ancestor_ = tree.parent;
  for (std::uint32_t i = 0; i < n; ++i) semi_[i] = label_[i] = i;
  for (std::uint32_t w = n - 1; w >= 1; --w) {
    const std::uint32_t object = tree.vertex[w];
    std::uint32_t least = tree.isRoot[object] ? 0 : tree.parent[w];
    for (const std::uint32_t referrer : graph_.rawReferrers(ObjectIndex{object})) {
      const std::uint32_t v = tree.number[referrer];
      if (v == 0) continue;  // nothing reaches the referrer
      const std::uint32_t candidate = v <= w ? v : semi_[bestOnPath(v, w)];
      least = std::min(least, candidate);
    }
    semi_[w] = least;
    if (!keepGoing(w, 0.3 + 0.4 * (1 - share(w)))) return false;
  }
  label_ = {};
  ancestor_ = {};
  return true;
}

// The immediate dominator is the nearest ancestor of the parent that is not below the
// semidominator.
bool Finder::findIdoms() {
  const std::uint32_t n = tree.size();
  tree.idom.assign(n, 0);
  tree.depth.assign(n, 0);
  tree.jump.assign(n, 0);
  for (std::uint32_t w = 1; w < n; ++w) {
    std::uint32_t d = tree.parent[w];
    while (d > semi_[w]) d = tree.jump[d] >= semi_[w] ? tree.jump[d] : tree.idom[d];
    tree.idom[w] = d;
    tree.depth[w] = tree.depth[d] + 1;
    const std::uint32_t j = tree.jump[d];
    const bool equalSteps =
        tree.depth[d] - tree.depth[j] == tree.depth[j] - tree.depth[tree.jump[j]];
    tree.jump[w] = equalSteps ? tree.jump[j] : d;
    if (!keepGoing(w, 0.7 + 0.1 * share(w))) return false;
  }
  semi_ = {};
  return true;
}

std::uint32_t Finder::commonAncestor(std::uint32_t a, std::uint32_t b) const {
  if (tree.depth[a] < tree.depth[b]) std::swap(a, b);
  while (tree.depth[a] > tree.depth[b]) {
    a = tree.depth[tree.jump[a]] >= tree.depth[b] ? tree.jump[a] : tree.idom[a];
  }
  while (a != b) {  // of equal depth, so both jump equally far
    const bool far = tree.jump[a] != tree.jump[b];
    a = far ? tree.jump[a] : tree.idom[a];
    b = far ? tree.jump[b] : tree.idom[b];
  }
  return a;
}

bool Finder::placeLeaves() {
  const std::uint32_t n = graph_.objectCount();
  leafIdom.assign(n, kNoIndex);
  for (std::uint32_t o = 0; o < n; ++o) {
    if (!graph_.isLeaf(ObjectIndex{o})) continue;
    std::uint32_t idom = tree.isRoot[o] ? 0 : kNoIndex;
    for (const std::uint32_t referrer : graph_.rawReferrers(ObjectIndex{o})) {
      if (idom == 0) break;
      const std::uint32_t node = tree.number[referrer];
      if (node == 0) continue;
      idom = idom == kNoIndex ? node : commonAncestor(idom, node);
    }
    leafIdom[o] = idom;
    if (!keepGoing(o, 0.8 + 0.2 * o / n)) return false;
  }
  return true;
}

// Native memory that belongs to the object alone, by object; and buffers that several share, by the
// node that dominates all of them (0: nobody retains it).
struct NativeMemory {
  std::vector<std::pair<std::uint32_t, Bytes>> own;
  std::vector<std::pair<std::uint32_t, Bytes>> shared;
};

NativeMemory placeNativeMemory(const HeapGraph& graph, const Finder& finder) {
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
    for (const NativeSizeRecord* user : users) {
      const std::uint32_t o = raw(user->object);
      const std::uint32_t at =
          finder.tree.number[o] != 0 ? finder.tree.number[o] : finder.leafIdom[o];
      if (at == kNoIndex) continue;
      node = node == kNoIndex ? at : finder.commonAncestor(node, at);
    }
    memory.shared.emplace_back(node == kNoIndex ? 0 : node, users[0]->bytes);
  }
  return memory;
}

}  // namespace

Result<Dominators> Dominators::find(const HeapGraph& graph, const Roots& roots,
                                    const RunControl& control) {
  Finder finder(graph, roots, control);
  if (!finder.run()) return fail(ErrorCode::Cancelled, "the analysis was cancelled");
  const Tree& tree = finder.tree;
  const std::uint32_t objects = graph.objectCount();
  const std::uint32_t nodes = tree.size();

  Dominators d;
  d.idom_.assign(objects, kNoIndex);
  d.retained_.resize(objects);
  d.subtreeCount_.assign(objects, 1);
  for (std::uint32_t o = 0; o < objects; ++o) d.retained_[o] = graph.size(ObjectIndex{o});
  const NativeMemory memory = placeNativeMemory(graph, finder);
  for (const auto& [object, bytes] : memory.own) d.retained_[object] += bytes;
  std::vector<Bytes> bytes(nodes);
  std::vector<std::uint32_t> count(nodes, 1);
  count[0] = 0;
  for (const auto& [node, shared] : memory.shared) bytes[node] += shared;
  for (std::uint32_t w = 1; w < nodes; ++w) bytes[w] += d.retained_[tree.vertex[w]];
  for (std::uint32_t o = 0; o < objects; ++o) {
    const std::uint32_t idom = finder.leafIdom[o];
    if (idom == kNoIndex) continue;
    bytes[idom] += d.retained_[o];
    ++count[idom];
    d.idom_[o] = tree.vertex[idom];
  }
  for (std::uint32_t w = nodes - 1; w >= 1; --w) {
    const std::uint32_t o = tree.vertex[w];
    d.retained_[o] = bytes[w];
    d.subtreeCount_[o] = count[w];
    d.idom_[o] = tree.vertex[tree.idom[w]];
    bytes[tree.idom[w]] += bytes[w];
    count[tree.idom[w]] += count[w];
  }
  d.total_ = bytes[0];
  d.reachableCount_ = count[0];
  d.layOut(tree.vertex, tree.idom, finder.leafIdom);
  return d;
}

// Every node's number is greater than its dominator's, so one pass hands out preorder positions.
void Dominators::layOut(const std::vector<std::uint32_t>& vertex,
                        const std::vector<std::uint32_t>& idom,
                        const std::vector<std::uint32_t>& leafIdom) {
  const auto objects = static_cast<std::uint32_t>(idom_.size());
  std::vector<std::uint32_t> cursor(vertex.size());
  position_.assign(objects, kNoIndex);
  order_.resize(objects);
  const auto put = [&](std::uint32_t o, std::uint32_t position) {
    position_[o] = position;
    order_[position] = o;
  };
  for (std::uint32_t w = 1; w < vertex.size(); ++w) {
    const std::uint32_t o = vertex[w];
    put(o, cursor[idom[w]]);
    cursor[w] = cursor[idom[w]] + 1;
    cursor[idom[w]] += subtreeCount_[o];
  }
  for (std::uint32_t o = 0; o < objects; ++o) {
    if (leafIdom[o] != kNoIndex) put(o, cursor[leafIdom[o]]++);
  }
  std::uint32_t end = reachableCount_;
  for (std::uint32_t o = 0; o < objects; ++o) {
    if (position_[o] == kNoIndex) put(o, end++);
  }
}

Bytes retainedSize(const HeapGraph& graph, const Roots& roots, std::span<const ObjectIndex> set) {
  // What the roots still reach when no way may lead through the set stays; the rest of what they
  // reach goes.
  std::vector<std::uint8_t> mark(graph.objectCount());
  constexpr std::uint8_t kMember = 1;
  constexpr std::uint8_t kStays = 2;
  for (const ObjectIndex o : set) mark[raw(o)] = kMember;
  std::vector<std::uint32_t> stack;
  const auto reach = [&](std::uint32_t o, std::uint8_t as) {
    if (mark[o] != 0) return;
    mark[o] = as;
    stack.push_back(o);
  };
  const auto drain = [&](std::uint8_t as, auto&& visit) {
    while (!stack.empty()) {
      const std::uint32_t o = stack.back();
      stack.pop_back();
      visit(o);
      for (const std::uint32_t target : graph.rawEdges(ObjectIndex{o})) {
        if (target != kNullEdge) reach(target, as);
      }
    }
  };
  for (const Root& root : roots.all()) reach(raw(root.object), kStays);
  drain(kStays, [](std::uint32_t) {});
  Bytes total = 0;
  constexpr std::uint8_t kGoes = 3;
  for (const ObjectIndex o : set) {
    if (mark[raw(o)] == kMember) stack.push_back(raw(o));
    mark[raw(o)] = kGoes;
  }
  drain(kGoes, [&](std::uint32_t o) {
    total += graph.size(ObjectIndex{o}) + graph.nativeSize(ObjectIndex{o});
  });
  return total;
}

}  // namespace whyalive::heap
