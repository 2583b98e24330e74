#include "server/heap/holders.h"

#include <algorithm>
#include <span>
#include <string>
#include <unordered_map>

#include "server/heap/expression.h"
#include "server/heap/path_tree.h"

namespace whyalive::heap {
namespace {

constexpr std::uint32_t kCheckEvery = 1u << 16;
constexpr std::size_t kStepsShown = 40;  // of a longer path the beginning and the end

std::string expressionAlong(const Analysis& analysis, std::span<const ObjectIndex> path) {
  if (path.size() <= 2 * kStepsShown) {
    return expressionOf(stepsAlong(analysis, path, Masking::Positions));
  }
  return expressionOf(stepsAlong(analysis, path.first(kStepsShown), Masking::Positions)) + "…";
}

}  // namespace

bool Holders::piles(ObjectIndex container) const {
  const HeapGraph& graph = analysis_.graph();
  const Paths& paths = analysis_.paths();
  if (!graph.isContainer(container)) return false;
  if (graph.moduleOfNamespace(container) != nullptr) return false;
  if (paths.isStart(container)) return true;
  // Only a reference of a fixed place says that the container is a part of its parent.
  const ObjectIndex parent = paths.parent(container);
  const auto edges = graph.rawEdges(parent);
  const ShapeRecord& shape = graph.shape(parent);
  bool part = false;
  for (std::size_t i = 0; i < shape.labels.size(); ++i) {
    if (edges[i] != raw(container)) continue;
    const LabelKind kind = shape.labels[i].kind;
    part = kind == LabelKind::AttributesDict || kind == LabelKind::Closure ||
           kind == LabelKind::Internal || kind == LabelKind::Default;
    if (!part) return true;
  }
  return !part;
}

ObjectIndex Holders::of(ObjectIndex o) {
  const Paths& paths = analysis_.paths();
  if (!paths.reached(o)) return kNoObject;
  if (holderOf_.empty()) holderOf_.resize(analysis_.graph().objectCount());
  std::vector<std::uint32_t> chain;  // from o up to the first object whose answer is known
  std::uint32_t at = raw(o);
  while (!isAsked(at)) {
    chain.push_back(at);
    if (paths.isStart(ObjectIndex{at})) break;
    at = raw(paths.parent(ObjectIndex{at}));
  }
  for (std::size_t i = chain.size(); i-- > 0;) {
    const ObjectIndex child{chain[i]};
    std::uint32_t holder = kNoIndex;
    if (!paths.isStart(child)) {
      const ObjectIndex parent = paths.parent(child);
      holder = holderOf(raw(parent));
      if (holder == kNoIndex && piles(parent)) holder = raw(parent);
    }
    holderOf_[raw(child)] = stored(holder);
  }
  return ObjectIndex{holderOf(raw(o))};
}

Result<NumberedLabels> objectsByHolder(const Analysis& analysis, const RunControl& control) {
  const std::uint32_t n = analysis.graph().objectCount();
  NumberedLabels found;
  found.ofObject.resize(n);
  found.labels.emplace_back("(nothing reaches them)");
  Holders holders(analysis);
  PathTree tree(analysis);
  std::unordered_map<std::uint32_t, std::uint32_t> groupOfObject, groupOfNode;
  ZeroColumn<std::uint32_t> rootOf(n);  // of those without a holder, plus 1; 0: not known yet
  const auto groupOf = [&](ObjectIndex o) {
    const auto [it, added] = groupOfObject.try_emplace(raw(o), 0);
    if (!added) return it->second;
    const auto next = static_cast<std::uint32_t>(found.labels.size());
    const auto [node, isNew] = groupOfNode.try_emplace(raw(tree.of(o)), next);
    if (isNew) found.labels.push_back(expressionAlong(analysis, analysis.paths().to(o)));
    return it->second = node->second;
  };
  const auto rootOfPath = [&](ObjectIndex o) {
    ObjectIndex at = o;
    while (rootOf[raw(at)] == 0 && !analysis.paths().isStart(at)) {
      at = analysis.paths().parent(at);
    }
    const std::uint32_t root = rootOf[raw(at)] == 0 ? raw(at) : rootOf[raw(at)] - 1;
    for (ObjectIndex p = o; p != at; p = analysis.paths().parent(p)) rootOf[raw(p)] = root + 1;
    return ObjectIndex{root};
  };
  for (std::uint32_t i = 0; i < n; ++i) {
    if (i % kCheckEvery == 0 && !control.keepGoing("finding holders", 1.0 * i / n)) {
      return fail(ErrorCode::Cancelled, "dividing the heap was cancelled");
    }
    const ObjectIndex o{i};
    if (!analysis.paths().reached(o)) continue;
    const ObjectIndex holder = holders.of(o);
    found.ofObject[i] = groupOf(holder != kNoObject ? holder
                                : holders.piles(o)  ? o
                                                    : rootOfPath(o));
  }
  return found;
}

}  // namespace whyalive::heap
