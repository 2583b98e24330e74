// R3, groups: many objects of one type under one dominator that is not what refers to them. They
// are held by several containers at once, so none of these dominates them, and no accumulation
// point is seen. Who they are is found by climbing from a sample of the members.
//
//        Dispatcher              idom of every Iq
//       |          |
//   _expected   handlers         joint holders: emptying one alone frees nothing
//       |          |
//        Iq Iq Iq …
#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "server/heap/suspects/candidate.h"

namespace whyalive::heap {
namespace {

constexpr std::size_t kSample = 32;
constexpr int kClimb = 5;                       // steps from a member to its holders
constexpr double kMetBy = 0.6;                  // of the sample
constexpr std::size_t kVisitedPerMember = 512;  // a sample member with more ways up says nothing

struct Group {
  std::vector<ObjectIndex> members;
  Bytes bytes = 0;
};

std::size_t fanOut(const HeapGraph& graph, ObjectIndex o) {
  return graph.isContainer(o) ? graph.entryCount(o) : graph.rawEdges(o).size();
}

class Climber {
 public:
  Climber(const Ground& ground, std::size_t groupSize) : ground_(ground), groupSize_(groupSize) {}

  // Counts each large container met on the ways up from this member.
  void climb(ObjectIndex member) {
    std::unordered_set<std::uint32_t> seen{raw(member)};
    std::vector<ObjectIndex> level{member};
    for (int step = 0; step < kClimb && !level.empty(); ++step) {
      std::vector<ObjectIndex> next;
      for (const ObjectIndex o : level) {
        for (const std::uint32_t referrer : ground_.graph().rawReferrers(o)) {
          if (seen.size() > kVisitedPerMember) return;
          if (!seen.insert(referrer).second) continue;
          visit(ObjectIndex{referrer}, member, next);
        }
      }
      level = std::move(next);
    }
  }

  std::vector<ObjectIndex> metBy(std::size_t sample) const {
    std::vector<ObjectIndex> holders;
    for (const auto& [holder, count] : met_) {
      if (static_cast<double>(count) >= kMetBy * static_cast<double>(sample)) {
        holders.push_back(ObjectIndex{holder});
      }
    }
    return holders;
  }

 private:
  void visit(ObjectIndex o, ObjectIndex member, std::vector<ObjectIndex>& next) {
    const Dominators& dominators = ground_.dominators();
    if (!dominators.reachable(o) || dominators.dominates(member, o)) return;
    if (ground_.isProgram(o)) return;
    if (fanOut(ground_.graph(), o) * 2 >= groupSize_) {
      ++met_[raw(o)];
    } else {
      next.push_back(o);
    }
  }

  const Ground& ground_;
  std::size_t groupSize_;
  std::map<std::uint32_t, std::size_t> met_;
};

// The members' own containers first, then the larger, then the one a person sees first.
void orderHolders(const Ground& ground, std::vector<ObjectIndex>& holders) {
  const auto rank = [&](ObjectIndex o) {
    const Paths& paths = ground.analysis().paths();
    return std::tuple(paths.to(o).size(), ~ground.graph().entryCount(o), raw(o));
  };
  std::ranges::sort(holders, {}, rank);
}

void addGroup(const Ground& ground, Group group, std::vector<Candidate>& found) {
  Climber climber(ground, group.members.size());
  const std::size_t step = std::max<std::size_t>(1, group.members.size() / kSample);
  std::size_t sampled = 0;
  for (std::size_t i = 0; i < group.members.size() && sampled < kSample; i += step, ++sampled) {
    climber.climb(group.members[i]);
  }
  std::vector<ObjectIndex> holders = climber.metBy(sampled);
  Candidate candidate;
  candidate.score = group.bytes;
  candidate.entries = group.members.size();
  if (holders.empty()) {
    if (ground.analysis().roots().at(group.members.front()) == nullptr) return;
    candidate.rule = FoundBy::NativeRoots;
    candidate.holder = group.members.front();
  } else {
    orderHolders(ground, holders);
    candidate.rule = FoundBy::Group;
    candidate.holder = holders.front();
    // Containers inside the first one are parts of it, not further holders.
    std::erase_if(holders, [&](ObjectIndex o) {
      return o != candidate.holder && ground.dominators().dominates(candidate.holder, o);
    });
    candidate.joint.assign(holders.begin() + 1, holders.end());
    if (const std::uint32_t entries = ground.graph().entryCount(candidate.holder); entries != 0) {
      candidate.entries = entries;
    }
    for (const ObjectIndex holder : holders) candidate.score += ground.userRetained(holder);
    // It has the members for itself (keys and values that share them): no group, and counted once.
    if (ground.dominators().dominates(candidate.holder, group.members.front())) {
      candidate.rule = FoundBy::Accumulation;
      candidate.score = ground.userRetained(candidate.holder);
      candidate.joint.clear();
      group.members.clear();
    }
  }
  candidate.members = std::move(group.members);
  found.push_back(std::move(candidate));
}

class Grouping {
 public:
  Grouping(const Ground& ground, std::vector<Candidate>& found)
      : ground_(ground), found_(found), directOf_(ground.graph().objectCount()) {}

  void below(ObjectIndex dominator) {
    for (const std::uint32_t target : ground_.graph().rawEdges(dominator)) {
      if (!goesOn()) return;
      if (target != snapshot::kNullEdge) directOf_[target] = raw(dominator) + 1;
    }
    ground_.dominators().forEachChild(dominator, [&](ObjectIndex child) {
      if (directOf_[raw(child)] != raw(dominator) + 1) add(child);
    });
    flush();
  }

  // Under the roots together: native roots by type, and what several roots share.
  void top() {
    ground_.dominators().forEachTop([&](ObjectIndex child) {
      const Root* root = ground_.analysis().roots().at(child);
      // Of the interpreter's own state, only callbacks for its end pile up.
      const bool atEnd = root != nullptr && root->group == RootGroup::Interpreter &&
                         root->name.starts_with("atexit");
      if (root == nullptr || root->group == RootGroup::Native || atEnd) {
        add(child);
      }
    });
    flush();
  }

 private:
  using Key = std::array<std::uint32_t, 3>;  // types: the member's, its keeper's, the referrer's

  // One object may have as many below it as there are: these are visits, too.
  bool goesOn() { return ground_.goesOn(++visits_); }

  void add(ObjectIndex member) {
    if (!goesOn() || ground_.isProgram(member)) return;
    Group& group = groups_[keyOf(member)];
    group.members.push_back(member);
    group.bytes += ground_.userRetained(member);
  }

  // What different C objects keep are different groups: these are told apart by their types and by
  // those of what refers to them.
  Key keyOf(ObjectIndex member) const {
    const Analysis& analysis = ground_.analysis();
    const HeapGraph& graph = analysis.graph();
    const std::uint32_t type = raw(graph.type(member));
    const Root* root = analysis.roots().at(member);
    if (root == nullptr || root->keeper == kNoObject) return {type, kNoIndex, kNoIndex};
    const Paths& paths = analysis.paths();
    const bool named = paths.reached(root->keeper) && !paths.isStart(root->keeper);
    const std::uint32_t above =
        named ? raw(graph.type(paths.parent(root->keeper))) : std::uint32_t{kNoIndex};
    return {type, raw(graph.type(root->keeper)), above};
  }

  void flush() {
    for (auto& [type, group] : groups_) {
      if (group.members.size() >= threshold::kGroupMembers &&
          group.bytes >= threshold::kGroupBytes) {
        addGroup(ground_, std::move(group), found_);
      }
    }
    groups_.clear();
  }

  const Ground& ground_;
  std::vector<Candidate>& found_;
  ZeroColumn<std::uint32_t> directOf_;  // by object: who was last seen to refer to it, plus 1
  std::map<Key, Group> groups_;
  std::uint32_t visits_ = 0;
};

}  // namespace

void findGroups(const Ground& ground, std::vector<Candidate>& found) {
  const Dominators& dominators = ground.dominators();
  Grouping grouping(ground, found);
  grouping.top();
  for (std::uint32_t i = 0; i < dominators.reachableCount() && ground.goesOn(i); ++i) {
    const ObjectIndex o{dominators.preorder()[i]};
    if (dominators.subtreeCount(o) <= threshold::kGroupMembers) continue;
    if (ground.userRetained(o) >= threshold::kGroupBytes) grouping.below(o);
  }
}

}  // namespace whyalive::heap
