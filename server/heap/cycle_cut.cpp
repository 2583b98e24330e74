#include "server/heap/cycle_cut.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <vector>

#include "server/heap/code_names.h"

namespace whyalive::heap {
namespace {

using snapshot::kNullEdge;

constexpr int kStandsOut = 2;

struct Candidate {
  int score = 0;
  std::string reason;
};

bool isAttribute(const Step& step) {
  return step.kind == StepKind::Attribute || step.kind == StepKind::Slot;
}

bool isPosition(const Step& step) {
  return step.kind == StepKind::Key || step.kind == StepKind::Index ||
         step.kind == StepKind::Member;
}

bool pointsBackByName(std::string_view name) {
  constexpr std::string_view kNames[] = {
      "parent",   "owner",    "root",      "prev",       "previous", "back",    "manager",
      "app",      "server",   "container", "controller", "master",   "outer",   "host",
      "document", "tree",     "up",        "backref",    "window",   "session", "dispatcher",
      "client",   "registry", "factory",   "pool",       "engine",   "context"};
  while (name.starts_with('_')) name.remove_prefix(1);
  const std::size_t word = name.rfind('_');
  if (word != std::string_view::npos) name = name.substr(word + 1);
  return std::ranges::find(kNames, name) != std::end(kNames);
}

class Judge {
 public:
  Judge(const Analysis& analysis, const Ring& ring) : a_(analysis), ring_(ring) {}

  Candidate judge(std::size_t i) const {
    const RingStep& step = ring_.steps[i];
    const HeapGraph& graph = a_.graph();
    if (!isAttribute(step.step) || !isPython(step.object)) return {};
    const ObjectIndex target = objectAfter(i);
    const std::string owner(lastPart(graph.typeName(step.object)));
    const std::string what = owner + "." + step.step.name;
    const RingStep& next = ring_.steps[(i + 1) % ring_.steps.size()];
    if (ring_.steps.size() == 1) return {4, what + " refers to the object itself"};
    if (ring_.steps.size() == 2 && next.step.kind == StepKind::BoundSelf) {
      return {4, what + " is a bound method of the " + owner + " itself: weakref.WeakMethod"};
    }
    if (next.step.kind == StepKind::Closure) {
      return {3, "the function in " + what + " captures " + next.step.name};
    }
    if (!isPython(target)) return {};
    return back(i, step, what, target);
  }

 private:
  bool isPython(ObjectIndex o) const {
    return a_.graph().typeInfo(a_.graph().type(o)).has(TypeFlag::PythonClass);
  }
  ObjectIndex objectAfter(std::size_t i) const {
    return ring_.steps[(i + 1) % ring_.steps.size()].object;
  }

  Candidate back(std::size_t i, const RingStep& step, const std::string& what,
                 ObjectIndex target) const {
    const std::string kept(lastPart(a_.graph().typeName(target)));
    Candidate candidate;
    const bool reachable = a_.dominators().reachable(step.object);
    if (reachable && target != step.object && a_.dominators().dominates(target, step.object)) {
      candidate = {3, what + " points back to the " + kept + " that keeps it alive"};
    } else if (heldInContainer(i)) {
      candidate = {2, what + " points back to the " + kept + " that holds it in a container"};
    }
    if (pointsBackByName(step.step.name)) {
      candidate.score += 2;
      if (candidate.reason.empty()) candidate.reason = what + " points back by its name";
    }
    return candidate;
  }

  // From the target the ring comes to the owner through a container.
  bool heldInContainer(std::size_t i) const {
    const std::size_t n = ring_.steps.size();
    return n > 1 && isPosition(ring_.steps[(i + n - 1) % n].step);
  }

  const Analysis& a_;
  const Ring& ring_;
};

// Whether the members are in no cycle once references of this name from objects of this type are
// gone: objects without references into the rest are taken away until none is left.
class WithoutCut {
 public:
  WithoutCut(const Analysis& analysis, std::span<const std::uint32_t> members,
             const Components::Follows& follows, const RunControl& control, TypeIndex type,
             std::string_view name)
      : graph_(analysis.graph()),
        members_(members),
        follows_(follows),
        control_(control),
        type_(type),
        name_(name) {}

  bool isAcyclic() {
    for (std::uint32_t i = 0; i < members_.size(); ++i) {
      if (stopped(i)) return false;
      position_.emplace(members_[i], i);
    }
    std::vector<std::uint32_t> incoming(members_.size());
    for (std::uint32_t i = 0; i < members_.size(); ++i) {
      if (stopped(i)) return false;
      const std::uint32_t o = members_[i];
      forEach(o, [&](std::uint32_t to) { ++incoming[to]; });
    }
    std::vector<std::uint32_t> free;
    for (std::uint32_t i = 0; i < incoming.size(); ++i) {
      if (incoming[i] == 0) free.push_back(i);
    }
    for (std::size_t i = 0; i < free.size(); ++i) {
      if (stopped(i)) return false;
      forEach(members_[free[i]], [&](std::uint32_t to) {
        if (--incoming[to] == 0) free.push_back(to);
      });
    }
    return free.size() == members_.size();
  }

 private:
  bool stopped(std::size_t step) const {
    constexpr std::size_t kCheckEvery = 1u << 16;
    return step % kCheckEvery == kCheckEvery - 1 && !control_.keepGoing("describing cycles", 1);
  }

  template <class Fn>
  void forEach(std::uint32_t o, Fn fn) const {
    const ObjectIndex from{o};
    const auto edges = graph_.rawEdges(from);
    for (std::uint32_t e = 0; e < edges.size(); ++e) {
      const auto found = edges[e] == kNullEdge ? position_.end() : position_.find(edges[e]);
      if (found == position_.end() || isCut(from, e)) continue;
      if (follows_ && !follows_(from, e, ObjectIndex{edges[e]})) continue;
      fn(found->second);
    }
  }

  bool isCut(ObjectIndex from, std::uint32_t edge) const {
    const Label label = graph_.label(from, edge);
    if (label.kind == LabelKind::Attribute || label.kind == LabelKind::Slot) {
      return label.name == name_ && graph_.type(from) == type_;
    }
    if (label.kind != LabelKind::DictValue) return false;
    const auto key = graph_.text(label.keyObject);
    if (!key || key->bytes != name_) return false;
    for (const std::uint32_t owner : graph_.rawReferrers(from)) {
      if (graph_.type(ObjectIndex{owner}) == type_ &&
          graph_.attributesDict(ObjectIndex{owner}) == from) {
        return true;
      }
    }
    return false;
  }

  const HeapGraph& graph_;
  std::span<const std::uint32_t> members_;
  const Components::Follows& follows_;
  const RunControl& control_;
  TypeIndex type_;
  std::string_view name_;
  std::unordered_map<std::uint32_t, std::uint32_t> position_;
};

}  // namespace

std::optional<Cut> cutOf(const Analysis& analysis, const Ring& ring,
                         std::span<const std::uint32_t> members, const Components::Follows& follows,
                         const RunControl& control) {
  const Judge judge(analysis, ring);
  Candidate best;
  std::optional<Cut> cut;
  for (std::size_t i = 0; i < ring.steps.size(); ++i) {
    Candidate candidate = judge.judge(i);
    if (candidate.score < kStandsOut || candidate.score <= best.score) continue;
    best = std::move(candidate);
    cut = Cut{static_cast<std::uint32_t>(i),
              std::string(analysis.graph().typeName(ring.steps[i].object)), ring.steps[i].step.name,
              false, best.reason};
  }
  if (cut) {
    const TypeIndex type = analysis.graph().type(ring.steps[cut->step].object);
    cut->breaks = WithoutCut(analysis, members, follows, control, type, cut->attribute).isAcyclic();
  }
  return cut;
}

}  // namespace whyalive::heap
