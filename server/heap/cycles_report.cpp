#include "server/heap/cycles_report.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <unordered_map>

#include "server/heap/astray.h"
#include "server/heap/expression.h"
#include "server/heap/retained_set.h"
#include "server/heap/retained_sets.h"
#include "server/heap/stoppable_sort.h"
#include "server/heap/suspects/ground.h"

namespace whyalive::heap {
namespace {

using snapshot::kNullEdge;

constexpr std::uint32_t kCheckEvery = 1u << 14;  // objects between two looks at RunControl

// Types whose instances have a finalizer written in Python.
class Finalizers {
 public:
  explicit Finalizers(const HeapGraph& graph) : graph_(graph) {}

  bool of(TypeIndex type) {
    const auto [it, added] = known_.try_emplace(raw(type), false);
    if (!added) return it->second;
    bool found = definesDel(type);
    for (const TypeIndex base : graph_.mro(type)) found = found || definesDel(base);
    known_[raw(type)] = found;
    return found;
  }

 private:
  bool definesDel(TypeIndex type) const {
    const TypeRecord& info = graph_.typeInfo(type);
    if (!info.has(TypeFlag::PythonClass) || info.object == kNoObject) return false;
    const ObjectIndex space = graph_.attributesDict(info.object);
    return space != kNoObject && graph_.item(space, "__del__") != kNoObject;
  }

  const HeapGraph& graph_;
  std::unordered_map<std::uint32_t, bool> known_;
};

// Gathers what equal cycles have together.
struct Gathering {
  CycleGroup group;
  std::map<std::uint32_t, TypeShare> types;
  std::size_t largest = 0;  // members of the cycle whose ring is told
  std::uint32_t largestCycle = 0;
};

class Report {
 public:
  Report(const Analysis& analysis, const RunControl& control)
      : a_(analysis),
        graph_(analysis.graph()),
        control_(control),
        ground_(analysis, {}, within_),
        astray_(analysis.graph()),
        finalizers_(analysis.graph()),
        claimed_(analysis.graph().objectCount()) {}

  Result<CyclesReport> run() {
    const Components::Follows follows = [this](ObjectIndex from, std::uint32_t edge,
                                               ObjectIndex to) { return counts(from, edge, to); };
    const auto components = Components::find(graph_, within_, follows);
    if (!components) return std::unexpected(components.error());
    RingFinder rings(a_, *components, follows, within_);
    for (std::uint32_t i = 0; i < components->cycleCount() && goesOn(); ++i) {
      groupOf_.push_back(&gather(i, components->members(i), rings.ringOf(i)));
    }
    if (stopped_) return cancelled();
    const auto live = settle(*components);
    if (!live) return std::unexpected(live.error());
    CyclesReport report;
    report.live.retained = *live;
    for (auto& [key, gathering] : groups_) {
      finish(gathering, components->members(gathering.largestCycle), follows);
      const bool garbage = gathering.group.state == CycleState::Garbage;
      CycleTotals& totals = garbage ? report.garbage : report.live;
      totals.cycles += gathering.group.cycles;
      totals.objects += gathering.group.objects;
      if (garbage) totals.retained += gathering.group.retained;
      report.groups.push_back(std::move(gathering.group));
    }
    if (stopped_) return cancelled();
    std::ranges::stable_sort(report.groups, [](const CycleGroup& a, const CycleGroup& b) {
      if (a.state != b.state) return a.state == CycleState::Garbage;
      return a.retained != b.retained ? a.retained > b.retained : a.ring.key < b.ring.key;
    });
    return report;
  }

 private:
  static std::unexpected<Error> cancelled() {
    return fail(ErrorCode::Cancelled, "the search for cycles was cancelled");
  }
  // Asked for each object that is looked at, or each few of them.
  bool goesOn(std::size_t objects = 1) {
    done_ += objects;
    if (done_ < kCheckEvery) return !stopped_;
    done_ = 0;
    return within_.keepGoing("describing cycles", 0);
  }
  bool garbage(ObjectIndex o) const { return !a_.dominators().reachable(o); }

  bool counts(ObjectIndex from, std::uint32_t edge, ObjectIndex to) const {
    if (garbage(from)) return garbage(to);
    return !ground_.isProgram(from) && !ground_.isProgram(to) && !astray_.skips(from, edge) &&
           graph_.module(to) == nullptr;
  }

  CycleGroup& gather(std::uint32_t cycle, std::span<const std::uint32_t> members, Ring ring) {
    const CycleState state =
        garbage(ObjectIndex{members.front()}) ? CycleState::Garbage : CycleState::Live;
    Gathering& all = groups_[{state == CycleState::Live, ring.key}];
    CycleGroup& group = all.group;
    group.state = state;
    ++group.cycles;
    group.objects += members.size();
    for (const std::uint32_t o : members) {
      if (!goesOn()) break;
      const TypeIndex type = graph_.type(ObjectIndex{o});
      TypeShare& share = all.types[raw(type)];
      ++share.count;
      share.bytes += sizeOf(ObjectIndex{o});
      group.size += sizeOf(ObjectIndex{o});
    }
    if (state == CycleState::Garbage) group.retained += claim(members);
    if (members.size() <= all.largest) return group;
    all.largest = members.size();
    all.largestCycle = cycle;
    group.ring = std::move(ring);
    return group;
  }

  // What live groups retain; gives what all of them retain together, for one may hang in another.
  Result<Bytes> settle(const Components& components) {
    std::map<CycleGroup*, std::vector<std::uint32_t>> membersOf;
    std::vector<ObjectIndex> all;
    for (std::uint32_t i = 0; i < components.cycleCount(); ++i) {
      if (groupOf_[i]->state != CycleState::Live) continue;
      const auto members = components.members(i);
      if (!goesOn(members.size())) return cancelled();
      std::ranges::copy(members, std::back_inserter(membersOf[groupOf_[i]]));
      for (const std::uint32_t o : members) all.push_back(ObjectIndex{o});
    }
    if (all.empty()) return Bytes{0};
    std::vector<CycleGroup*> live;
    for (auto& [group, members] : membersOf) {
      if (!goesOn(members.size())) return cancelled();
      group->retained = dominated(members);
      live.push_back(group);
    }
    std::ranges::sort(live, [](const CycleGroup* a, const CycleGroup* b) {
      return a->retained != b->retained ? a->retained > b->retained : a->ring.key < b->ring.key;
    });
    if (auto settled = settleLargest(std::move(live), components); !settled) {
      return std::unexpected(settled.error());
    }
    return retainedSize(a_, all, within_);
  }

  // What several members of a ring hold together is in no one's retained size: of the groups that
  // retain most, exactly what goes with all of their cycles at once.
  Result<void> settleLargest(std::vector<CycleGroup*> live, const Components& components) {
    if (live.size() > kMostSets) live.resize(kMostSets);
    std::map<const CycleGroup*, std::uint8_t> setOfGroup;
    for (CycleGroup* const group : live) {
      setOfGroup.emplace(group, static_cast<std::uint8_t>(setOfGroup.size()));
    }
    std::vector<std::uint8_t> setOf(graph_.objectCount(), kInNoSet);
    for (std::uint32_t i = 0; i < components.cycleCount(); ++i) {
      const auto it = setOfGroup.find(groupOf_[i]);
      if (it == setOfGroup.end()) continue;
      if (!goesOn(components.members(i).size())) return cancelled();
      for (const std::uint32_t o : components.members(i)) setOf[o] = it->second;
    }
    std::vector<Bytes> atLeast;
    for (const CycleGroup* group : live) atLeast.push_back(group->retained);
    const auto retained = retainedSizes(a_, setOf, atLeast, within_);
    if (!retained) return std::unexpected(retained.error());
    for (CycleGroup* const group : live) group->retained = (*retained)[setOfGroup.at(group)];
    return {};
  }

  Bytes sizeOf(ObjectIndex o) const { return graph_.size(o) + graph_.nativeSize(o); }

  // What this garbage holds and no cycle before it: cycles come after those that they refer to.
  Bytes claim(std::span<const std::uint32_t> members) {
    std::vector<std::uint32_t> stack;
    Bytes bytes = 0;
    const auto take = [&](std::uint32_t o) {
      if (claimed_[o] || !garbage(ObjectIndex{o})) return;
      claimed_[o] = true;
      bytes += sizeOf(ObjectIndex{o});
      stack.push_back(o);
    };
    for (const std::uint32_t o : members) take(o);
    while (!stack.empty() && goesOn()) {
      const auto edges = graph_.rawEdges(ObjectIndex{stack.back()});
      stack.pop_back();
      for (const std::uint32_t to : edges) {
        if (to != kNullEdge) take(to);
      }
    }
    return bytes;
  }

  // A lower bound, each object once.
  Bytes dominated(std::span<const std::uint32_t> members) const {
    std::vector<std::uint32_t> positions;
    for (const std::uint32_t o : members) {
      positions.push_back(a_.dominators().position(ObjectIndex{o}));
    }
    Bytes bytes = 0;
    if (!sortStoppably(positions, std::less{}, within_, "describing cycles")) return bytes;
    std::uint32_t insideUntil = 0;
    for (const std::uint32_t position : positions) {
      if (position < insideUntil) continue;
      const ObjectIndex o{a_.dominators().preorder()[position]};
      bytes += a_.dominators().retained(o);
      insideUntil = position + a_.dominators().subtreeCount(o);
    }
    return bytes;
  }

  void finish(Gathering& all, std::span<const std::uint32_t> members,
              const Components::Follows& follows) {
    CycleGroup& group = all.group;
    for (auto& [type, share] : all.types) {
      share.type = graph_.typeName(TypeIndex{type});
      if (finalizers_.of(TypeIndex{type})) group.finalizers.push_back(share.type);
      group.types.push_back(std::move(share));
    }
    std::ranges::sort(group.finalizers);
    std::ranges::stable_sort(group.types, std::greater{}, &TypeShare::bytes);
    group.cut = cutOf(a_, group.ring, members, follows, within_);
    if (group.state == CycleState::Live && !group.ring.steps.empty()) {
      group.holder = expressionNear(a_, group.ring.steps.front().object);
    }
  }

  const Analysis& a_;
  const HeapGraph& graph_;
  const RunControl& control_;
  bool stopped_ = false;
  std::size_t done_ = 0;  // since the last look at the control
  const RunControl within_{[this](std::string_view step, double fraction) {
    stopped_ = stopped_ || !control_.keepGoing(step, fraction);
    return !stopped_;
  }};
  Ground ground_;
  AstrayEdges astray_;
  Finalizers finalizers_;
  std::vector<bool> claimed_;
  std::map<std::pair<bool, std::string>, Gathering> groups_;  // live?, key of the ring
  std::vector<CycleGroup*> groupOf_;                          // by cycle
};

}  // namespace

std::string_view toString(CycleState state) {
  return state == CycleState::Garbage ? "garbage" : "live";
}

Result<CyclesReport> findCycles(const Analysis& analysis, const RunControl& control) {
  return Report(analysis, control).run();
}

}  // namespace whyalive::heap
