#include "server/heap/cycle_ring.h"

#include <algorithm>

#include "server/heap/code_names.h"
#include "server/heap/edge_steps.h"
#include "server/heap/expression.h"

namespace whyalive::heap {
namespace {

using snapshot::kNullEdge;

constexpr std::size_t kSmall = 24;     // in cycles of at most so many objects each is tried
constexpr std::size_t kLongRing = 48;  // references of a ring that are told
constexpr std::uint32_t kCheckEvery = 1u << 17;  // objects between two looks at RunControl
constexpr std::string_view kStep = "describing cycles";

bool isInstanceOfPythonClass(const HeapGraph& graph, ObjectIndex o) {
  return graph.typeInfo(graph.type(o)).has(TypeFlag::PythonClass);
}

}  // namespace

RingFinder::RingFinder(const Analysis& analysis, const Components& components,
                       Components::Follows follows, const RunControl& control)
    : a_(analysis),
      components_(components),
      follows_(std::move(follows)),
      control_(control),
      cycleOf_(analysis.graph().objectCount()),
      cameFrom_(analysis.graph().objectCount()) {
  std::uint32_t placed = 0;
  for (std::uint32_t i = 0; i < components.cycleCount(); ++i) {
    for (const std::uint32_t o : components.members(i)) {
      if (placed++ % kCheckEvery == 0 && !control_.keepGoing(kStep, 0)) return;
      cycleOf_[o] = i + 1;
    }
  }
}

std::vector<ObjectIndex> RingFinder::shortest(ObjectIndex start) {
  const std::uint32_t cycle = cycleOf_[raw(start)];
  std::vector<std::uint32_t> queue{raw(start)};
  std::vector<ObjectIndex> ring;
  for (std::size_t i = 0; i < queue.size() && ring.empty(); ++i) {
    if (i % kCheckEvery == kCheckEvery - 1 && !control_.keepGoing(kStep, 0)) break;
    const ObjectIndex o{queue[i]};
    const auto edges = a_.graph().rawEdges(o);
    for (std::uint32_t e = 0; e < edges.size(); ++e) {
      const std::uint32_t to = edges[e];
      if (to == kNullEdge || cycleOf_[to] != cycle) continue;
      if (follows_ && !follows_(o, e, ObjectIndex{to})) continue;
      if (to == raw(start)) {
        for (std::uint32_t at = raw(o); at != raw(start); at = cameFrom_[at] - 1) {
          ring.push_back(ObjectIndex{at});
        }
        ring.push_back(start);
        std::ranges::reverse(ring);
        break;
      }
      if (cameFrom_[to] != 0) continue;
      cameFrom_[to] = raw(o) + 1;
      queue.push_back(to);
    }
  }
  for (const std::uint32_t o : queue) cameFrom_[o] = 0;
  return ring;
}

// Instances of the program's classes if there are any: what a person would begin with.
std::vector<ObjectIndex> RingFinder::startsIn(std::span<const std::uint32_t> members) const {
  std::vector<ObjectIndex> starts;
  for (const std::uint32_t o : members) {
    if (isInstanceOfPythonClass(a_.graph(), ObjectIndex{o})) starts.push_back(ObjectIndex{o});
  }
  if (starts.empty()) {
    for (const std::uint32_t o : members) starts.push_back(ObjectIndex{o});
  }
  if (members.size() <= kSmall) return starts;
  // Of a large cycle the object by which the program enters it, else the first.
  const auto entry = std::ranges::find_if(starts, [&](ObjectIndex o) {
    if (!a_.paths().reached(o) || a_.paths().isStart(o)) return a_.paths().reached(o);
    return cycleOf_[raw(a_.paths().parent(o))] != cycleOf_[raw(o)];
  });
  return {entry == starts.end() ? starts.front() : *entry};
}

Ring RingFinder::describe(std::span<const ObjectIndex> objects) const {
  const HeapGraph& graph = a_.graph();
  std::vector<Hop> hops;
  for (std::size_t i = 0; i < std::min(objects.size(), kLongRing); ++i) {
    const ObjectIndex to = objects[(i + 1) % objects.size()];
    hops.push_back({objects[i], edgeBetween(graph, objects[i], to)});
  }
  Ring ring;
  ObjectIndex from = objects.front();
  for (OwnedStep& owned : ownedStepsAlong(a_, hops, Masking::None)) {
    const ObjectIndex to = owned.step.object;
    std::string text = expressionPart(owned.step);
    ring.steps.push_back({from, std::move(owned.step), std::move(text)});
    from = to;
  }
  ring.expression = lastPart(graph.typeName(objects.front()));
  ring.key = graph.typeName(objects.front());
  for (const OwnedStep& owned : ownedStepsAlong(a_, hops, Masking::Positions)) {
    ring.expression += expressionPart(owned.step);
    ring.key += expressionPart(owned.step) + ":" + owned.step.type;
  }
  if (objects.size() > kLongRing) ring.expression += "…";
  return ring;
}

Ring RingFinder::ringOf(std::uint32_t cycle) {
  Ring best;
  std::size_t bestLength = SIZE_MAX;
  for (const ObjectIndex start : startsIn(components_.members(cycle))) {
    const std::vector<ObjectIndex> objects = shortest(start);
    if (objects.empty() || objects.size() > bestLength) continue;
    Ring ring = describe(objects);
    if (objects.size() == bestLength && ring.key >= best.key) continue;
    bestLength = objects.size();
    best = std::move(ring);
  }
  return best;
}

}  // namespace whyalive::heap
