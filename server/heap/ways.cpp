#include "server/heap/ways.h"

#include <algorithm>
#include <map>
#include <queue>
#include <string>
#include <tuple>
#include <unordered_map>

#include "server/heap/astray.h"
#include "server/heap/expression.h"

namespace whyalive::heap {
namespace {

constexpr std::uint32_t kCheckEvery = 1024;
constexpr std::uint32_t kFar = 10'000;  // longer named paths count as equally long
constexpr std::uint32_t kLong = 256;    // from here on a path goes on along the named one

// The end of a path: `object`, then the one that `next` stands for, and so on to the goal.
struct Suffix {
  std::uint32_t object = 0;
  std::uint32_t next = kNoIndex;
  std::uint32_t length = 1;
};

class Search {
 public:
  Search(const Analysis& analysis, ObjectIndex goal, const WaySearch& search,
         const RunControl& control)
      : a_(analysis), goal_(goal), search_(search), control_(control), astray_(analysis.graph()) {}

  Result<Ways> run() {
    if (!a_.paths().reached(goal_)) return Ways{};
    push({raw(goal_), kNoIndex, 1});
    std::uint32_t lastLength = 0;
    for (std::size_t popped = 0; !queue_.empty(); ++popped) {
      const auto [length, index] = queue_.top();
      if (ways_.paths.size() >= search_.paths && length > lastLength) break;
      if (popped == search_.budget) break;
      queue_.pop();
      if (popped % kCheckEvery == 0 && !control_.keepGoing("finding paths", 0)) {
        return fail(ErrorCode::Cancelled, "the search for paths was cancelled");
      }
      const std::size_t before = ways_.paths.size();
      go(index);
      if (ways_.paths.size() > before) lastLength = length;
    }
    ways_.more = ways_.more || !queue_.empty();
    if (ways_.paths.empty()) ways_.paths.push_back(a_.paths().to(goal_));
    return std::move(ways_);
  }

 private:
  // Stands for the roots themselves in the queue: shorter comes first, then older.
  using Entry = std::pair<std::uint32_t, std::uint32_t>;

  void push(const Suffix& suffix) {
    suffixes_.push_back(suffix);
    queue_.emplace(suffix.length + stepsAbove(ObjectIndex{suffix.object}),
                   static_cast<std::uint32_t>(suffixes_.size() - 1));
  }

  bool isRoot(ObjectIndex o) const { return a_.roots().at(o) != nullptr; }

  // Objects before this one on its named path.
  std::uint32_t stepsAbove(ObjectIndex o) {
    std::vector<std::uint32_t> todo;
    std::uint32_t depth = 0;
    for (;; o = a_.paths().parent(o)) {
      if (a_.paths().isStart(o) || isRoot(o)) break;
      if (const auto known = depths_.find(raw(o)); known != depths_.end()) {
        depth = known->second;
        break;
      }
      if (todo.size() == kFar) {
        depth = kFar;
        break;
      }
      todo.push_back(raw(o));
    }
    while (!todo.empty()) {
      depth = std::min(depth + 1, kFar);
      depths_.emplace(todo.back(), depth);
      todo.pop_back();
    }
    return depth;
  }

  // No path to the roots from here that leaves out what comes after.
  bool blocked(ObjectIndex o, std::uint32_t index) const {
    for (; index != kNoIndex; index = suffixes_[index].next) {
      if (a_.dominators().dominates(ObjectIndex{suffixes_[index].object}, o)) return true;
    }
    return false;
  }

  void go(std::uint32_t index) {
    const Suffix suffix = suffixes_[index];
    const ObjectIndex o{suffix.object};
    if (suffix.next != kNoIndex) {
      const std::uint32_t next = suffixes_[suffix.next].object;
      const std::uint64_t key =
          std::uint64_t{suffix.object} << 32 | a_.graph().snapshot().shape[next];
      if (++visits_[key] > search_.visits) {
        ways_.more = true;
        return;
      }
    }
    if (suffix.length > kLong) return finishAlongName(index);
    if (isRoot(o)) found(index);
    // What imports a module says nothing of what the module keeps.
    if (a_.graph().module(o) != nullptr && isRoot(o) && o != goal_) return;
    const auto referrers = a_.graph().rawReferrers(o);
    if (referrers.size() > search_.referrers) ways_.more = true;
    const std::size_t step = referrers.size() / search_.referrers + 1;
    std::uint32_t last = kNoIndex;
    for (std::size_t i = 0; i < referrers.size(); i += step) {
      const ObjectIndex from{referrers[i]};
      if (raw(from) == std::exchange(last, raw(from))) continue;
      if (!a_.paths().reached(from) || !leads(from, o) || blocked(from, index)) continue;
      push({raw(from), index, suffix.length + 1});
    }
  }

  bool leads(ObjectIndex from, ObjectIndex to) const {
    return a_.paths().parent(to) == from || astray_.joins(from, to);
  }

  void found(std::uint32_t index) {
    std::vector<ObjectIndex>& path = ways_.paths.emplace_back();
    for (; index != kNoIndex; index = suffixes_[index].next) {
      path.push_back(ObjectIndex{suffixes_[index].object});
    }
  }

  void finishAlongName(std::uint32_t index) {
    std::vector<ObjectIndex> path = a_.paths().to(ObjectIndex{suffixes_[index].object});
    std::vector<ObjectIndex> rest;
    for (std::uint32_t i = suffixes_[index].next; i != kNoIndex; i = suffixes_[i].next) {
      rest.push_back(ObjectIndex{suffixes_[i].object});
    }
    std::vector<ObjectIndex> sorted = rest;
    std::ranges::sort(sorted);
    for (const ObjectIndex o : path) {
      if (std::ranges::binary_search(sorted, o)) return;
    }
    path.insert(path.end(), rest.begin(), rest.end());
    ways_.paths.push_back(std::move(path));
  }

  const Analysis& a_;
  ObjectIndex goal_;
  const WaySearch& search_;
  const RunControl& control_;
  AstrayEdges astray_;
  Ways ways_;
  std::vector<Suffix> suffixes_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
  std::unordered_map<std::uint32_t, std::uint32_t> depths_;
  std::unordered_map<std::uint64_t, std::uint32_t> visits_;
};

// What two ways have in common that a person would call equal.
std::string genericText(std::span<const Step> steps) {
  std::string text;
  for (const Step& step : steps) {
    text += expressionPart(step);
    text += ':';
    text += step.type;
    text += '\n';
  }
  return text;
}

}  // namespace

Result<Ways> findWays(const Analysis& analysis, ObjectIndex o, const WaySearch& search,
                      const RunControl& control) {
  return Search(analysis, o, search, control).run();
}

Result<WhyThisAlive> whyThisAlive(const Analysis& analysis, ObjectIndex o, std::size_t count,
                                  const RunControl& control) {
  WaySearch search;
  search.paths = std::max(search.paths, count * 20);
  const Result<Ways> ways = findWays(analysis, o, search, control);
  if (!ways) return std::unexpected(ways.error());
  struct Group {
    std::size_t length = 0;
    const std::vector<ObjectIndex>* path = nullptr;
    std::uint64_t ways = 0;
  };
  std::map<std::string, Group> groups;
  for (const std::vector<ObjectIndex>& path : ways->paths) {
    Group& group = groups[genericText(stepsAlong(analysis, path, Masking::Positions))];
    if (group.path == nullptr) group = {path.size(), &path, 0};
    ++group.ways;
  }
  WhyThisAlive why;
  why.reachable = !ways->paths.empty();
  why.pathCount = groups.size();
  why.more = ways->more;
  for (const auto& [text, group] : groups) {
    MergedWay way;
    way.ways = group.ways;
    way.path.steps =
        stepsAlong(analysis, *group.path, group.ways > 1 ? Masking::Positions : Masking::None);
    way.path.expression = expressionOf(way.path.steps);
    way.path.count = 1;
    way.path.retained = analysis.dominators().retained(o);
    way.path.example = o;
    why.paths.push_back(std::move(way));
  }
  std::ranges::stable_sort(why.paths, [&](const MergedWay& a, const MergedWay& b) {
    return std::pair(a.path.steps.size(), std::string_view(a.path.expression)) <
           std::pair(b.path.steps.size(), std::string_view(b.path.expression));
  });
  if (!why.paths.empty()) why.paths.front().path.shortest = 1;
  if (why.paths.size() > count) why.paths.resize(count);
  return why;
}

}  // namespace whyalive::heap
