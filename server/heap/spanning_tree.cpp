#include "server/heap/spanning_tree.h"

#include <algorithm>

namespace whyalive::heap {

using snapshot::kNullEdge;

namespace {
constexpr std::uint32_t kCheckEvery = 1u << 18;  // nodes between two looks at RunControl
constexpr std::uint32_t kAhead = 4;              // references that memory is asked ahead
constexpr std::string_view kStep = "following references";
}  // namespace

SpanningTree::SpanningTree(const HeapGraph& graph, const RunControl& control) : graph_(graph) {
  const std::uint32_t n = graph.objectCount();
  number.resize(n);
  std::uint32_t inner = 1;
  for (std::uint32_t o = 0; o < n; ++o) {
    if (o % kCheckEvery == 0 && !control.keepGoing(kStep, 0)) return;
    const bool leaf = graph.isLeaf(ObjectIndex{o});
    number[o] = leaf ? kNoIndex : 0;
    inner += leaf ? 0 : 1;
  }
  isRoot.assign(n, false);
  vertex.reserve(inner);
  parent.reserve(inner);
  vertex.push_back(kNoIndex);
  parent.push_back(0);
}

void SpanningTree::enter(std::uint32_t object, std::uint32_t above) {
  const std::uint32_t node = size();
  number[object] = node;
  vertex.push_back(object);
  parent.push_back(above);
  stack_.push_back({node, graph_.snapshot().edgeStart[object]});
}

bool SpanningTree::add(ObjectIndex root, const RunControl& control) {
  isRoot[raw(root)] = true;
  if (number[raw(root)] != 0) return true;
  const Snapshot& s = graph_.snapshot();
  enter(raw(root), 0);
  while (!stack_.empty()) {
    Visit& visit = stack_.back();
    const std::uint32_t end = s.edgeStart[vertex[visit.node] + 1];
    std::uint32_t e = visit.edge;
    while (e < end && (s.edges[e] == kNullEdge || number[s.edges[e]] != 0)) ++e;
    if (e == end) {
      stack_.pop_back();
      continue;
    }
    visit.edge = e + 1;
    if (e + kAhead < end && s.edges[e + kAhead] != kNullEdge) {
      __builtin_prefetch(&number[s.edges[e + kAhead]]);
    }
    enter(s.edges[e], visit.node);
    if (size() % kCheckEvery == 0 &&
        !control.keepGoing(kStep, 1.0 * size() / graph_.objectCount())) {
      return false;
    }
  }
  return true;
}

bool SpanningTree::reaches(ObjectIndex o) const {
  if (!graph_.isLeaf(o)) return number[raw(o)] != 0;
  return isRoot[raw(o)] || std::ranges::any_of(graph_.rawReferrers(o), [&](std::uint32_t referrer) {
           return number[referrer] != 0;
         });
}

}  // namespace whyalive::heap
