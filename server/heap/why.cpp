#include "server/heap/why.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "server/heap/expression.h"
#include "server/heap/path_tree.h"
#include "server/heap/ways.h"

namespace whyalive::heap {
namespace {

// Of a set it is enough to know the few shortest ways of each.
constexpr WaySearch kNear{.paths = 16, .visits = 16, .budget = 200, .referrers = 500};

std::size_t stepFor(std::size_t objects, std::size_t most) {
  return most == 0 ? 1 : std::max<std::size_t>(1, (objects + most - 1) / most);
}

// Objects that are kept by paths that fell together.
struct Way {
  std::uint64_t shortest = 0;  // of so many it is the shortest
  std::uint64_t others = 0;    // of so many it is another one
  Bytes retained = 0;
  ObjectIndex example = kNoObject;
  std::vector<ObjectIndex> path;  // of the example; empty: its shortest
  std::uint32_t shortestUntil = 0, othersUntil = 0;

  std::uint64_t count() const { return shortest + others; }
};

class Merging {
 public:
  Merging(const Analysis& analysis, std::span<const ObjectIndex> objects, const WhyOptions& options)
      : analysis_(analysis),
        dominators_(analysis.dominators()),
        options_(options),
        step_(stepFor(objects.size(), options.sample)),
        tree_(analysis) {
    for (std::size_t i = 0; i < objects.size(); i += step_) sample_.push_back(objects[i]);
    std::ranges::sort(sample_, {}, [&](ObjectIndex o) { return dominators_.position(o); });
    why_.objects = objects.size();
  }

  Result<WhyAlive> run(const RunControl& control) {
    mergeShortest();
    if (options_.searched > 0) {
      if (auto done = mergeOthers(control); !done) return std::unexpected(done.error());
    }
    describe();
    return std::move(why_);
  }

 private:
  void mergeShortest() {
    std::erase_if(sample_, [&](ObjectIndex o) {
      const PathNode node = tree_.of(o);
      if (node == kNoPathNode) {
        why_.unreachable += step_;
        return true;
      }
      Way& way = ways_[node];
      if (way.example == kNoObject) way.example = o;
      way.shortest += step_;
      way.retained += retainedOutside(o, way.shortestUntil) * step_;
      return false;
    });
    why_.unreachable = std::min(why_.unreachable, why_.objects);
  }

  // Of objects inside each other the outer one counts; they come in the dominators' order.
  Bytes retainedOutside(ObjectIndex o, std::uint32_t& until) const {
    if (dominators_.position(o) < until) return 0;
    until = dominators_.position(o) + dominators_.subtreeCount(o);
    return dominators_.retained(o);
  }

  Result<void> mergeOthers(const RunControl& control) {
    const std::size_t step = stepFor(sample_.size(), options_.searched);
    for (std::size_t i = 0; i < sample_.size(); i += step) {
      const double share = static_cast<double>(i) / static_cast<double>(sample_.size());
      if (!control.keepGoing("finding other paths", share)) {
        return fail(ErrorCode::Cancelled, "the search for paths was cancelled");
      }
      const ObjectIndex o = sample_[i];
      const auto found = findWays(analysis_, o, kNear, control);
      if (!found) return std::unexpected(found.error());
      why_.more = why_.more || found->more;
      // The last ones stand for what is left.
      addOthers(o, found->paths, std::min(step, sample_.size() - i) * step_);
    }
    return {};
  }

  void addOthers(ObjectIndex o, const std::vector<std::vector<ObjectIndex>>& paths,
                 std::uint64_t weight) {
    std::vector<PathNode> seen{tree_.of(o)};
    for (const std::vector<ObjectIndex>& path : paths) {
      const PathNode node = tree_.along(path);
      if (std::ranges::find(seen, node) != seen.end()) continue;
      seen.push_back(node);
      Way& way = ways_[node];
      if (way.example == kNoObject) {
        way.example = o;
        way.path = path;
      }
      way.others += weight;
      way.retained += retainedOutside(o, way.othersUntil) * weight;
    }
  }

  void describe() {
    why_.pathCount = ways_.size();
    std::vector<std::pair<PathNode, const Way*>> ordered;
    for (const auto& [node, way] : ways_) ordered.emplace_back(node, &way);
    const auto rank = [](const auto& one) {
      const Way& way = *one.second;
      return std::tuple(way.shortest, way.count(), way.retained);
    };
    std::ranges::stable_sort(ordered, std::greater{}, rank);
    if (ordered.size() > options_.paths) ordered.resize(options_.paths);
    for (const auto& [node, way] : ordered) why_.paths.push_back(pathOf(*way));
  }

  RetainingPath pathOf(const Way& way) const {
    RetainingPath path;
    path.count = std::min(way.count(), why_.objects);
    path.shortest = std::min(way.shortest, why_.objects);
    path.retained = way.retained;
    path.example = way.example;
    const Masking masking = way.count() > 1 ? Masking::Positions : Masking::None;
    path.steps = way.path.empty() ? stepsTo(analysis_, way.example, masking)
                                  : stepsAlong(analysis_, way.path, masking);
    path.expression = expressionOf(path.steps);
    return path;
  }

  const Analysis& analysis_;
  const Dominators& dominators_;
  const WhyOptions& options_;
  const std::size_t step_;
  PathTree tree_;
  std::vector<ObjectIndex> sample_;  // those that are reached
  std::map<PathNode, Way> ways_;
  WhyAlive why_;
};

}  // namespace

Result<WhyAlive> whyAlive(const Analysis& analysis, std::span<const ObjectIndex> objects,
                          const WhyOptions& options, const RunControl& control) {
  return Merging(analysis, objects, options).run(control);
}

}  // namespace whyalive::heap
