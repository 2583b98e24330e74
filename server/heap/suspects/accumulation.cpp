// R2, accumulation point: a container that alone keeps many entries alive, none of which has most
// of the weight. After Eclipse MAT's rule: descend the dominator tree while one child carries on
// the weight; where it suddenly spreads over many, there things pile up.
//
//      Dispatcher 18.2 MB            one child has all of it: descend
//          |
//      _expected 18.2 MB             3,000 children of 6 KB each: the accumulation point
//      /  |  |  \  …
#include <algorithm>

#include "server/heap/suspects/candidate.h"

namespace whyalive::heap {
namespace {

bool mayPileUp(const Ground& ground, ObjectIndex o) {
  const HeapGraph& graph = ground.graph();
  if (ground.isNamespace(o)) return graph.entryCount(o) >= PathTree::kNamesOfContainer;
  if (ground.isProgram(o)) return false;
  return graph.isContainer(o) || graph.rawEdges(o).size() >= threshold::kContainerFanOut;
}

struct Children {
  std::uint32_t entries = 0;  // entries that the container alone keeps
  Bytes largest = 0;
};

// One object may have as many entries as there are objects: `visits` counts them.
Children childrenOf(const Ground& ground, ObjectIndex o, std::uint32_t& visits) {
  const HeapGraph& graph = ground.graph();
  const Dominators& dominators = ground.dominators();
  Children children;
  dominators.forEachChild(o, [&](ObjectIndex child) {
    if (!ground.goesOn(++visits)) return;
    children.largest = std::max(children.largest, ground.userRetained(child));
  });
  const auto edges = graph.rawEdges(o);
  const std::size_t step = graph.isDict(o) ? 2 : 1;
  const std::size_t first = graph.shape(o).labels.size();
  const std::size_t end = graph.isDict(o) ? first + 2 * graph.entryCount(o) : edges.size();
  for (std::size_t i = first; i < end && ground.goesOn(++visits); i += step) {
    // A dict's entry is kept alone when its key or its value is.
    for (std::size_t k = i; k < i + step && k < edges.size(); ++k) {
      if (edges[k] == snapshot::kNullEdge || dominators.idom(ObjectIndex{edges[k]}) != o) continue;
      ++children.entries;
      break;
    }
  }
  return children;
}

}  // namespace

void findAccumulationPoints(const Ground& ground, std::vector<Candidate>& found) {
  const Dominators& dominators = ground.dominators();
  std::uint32_t visits = 0;
  for (std::uint32_t i = 0; i < dominators.reachableCount() && ground.goesOn(i); ++i) {
    const ObjectIndex o{dominators.preorder()[i]};
    if (dominators.subtreeCount(o) <= threshold::kDominatedEntries) continue;
    const Bytes retained = ground.userRetained(o);
    if (retained < kCandidateBytes || !mayPileUp(ground, o)) continue;
    const Children children = childrenOf(ground, o, visits);
    if (children.entries < threshold::kDominatedEntries) continue;
    if (static_cast<double>(children.largest) >
        threshold::kDropShare * static_cast<double>(retained)) {
      continue;
    }
    Candidate candidate;
    candidate.rule = FoundBy::Accumulation;
    candidate.holder = o;
    candidate.entries = std::max(ground.graph().entryCount(o), children.entries);
    candidate.score = retained;
    found.push_back(std::move(candidate));
  }
}

}  // namespace whyalive::heap
