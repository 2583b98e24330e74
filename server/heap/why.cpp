#include "server/heap/why.h"

#include <algorithm>
#include <map>

#include "server/heap/expression.h"
#include "server/heap/path_tree.h"

namespace whyalive::heap {
namespace {

struct Way {
  std::uint64_t count = 0;
  Bytes retained = 0;
  ObjectIndex example = kNoObject;
  std::uint32_t insideUntil = 0;
};

}  // namespace

WhyAlive whyAlive(const Analysis& analysis, std::span<const ObjectIndex> objects,
                  const WhyOptions& options) {
  const Dominators& dominators = analysis.dominators();
  WhyAlive why;
  why.objects = objects.size();
  const std::size_t step =
      options.sample == 0
          ? 1
          : std::max<std::size_t>(1, (objects.size() + options.sample - 1) / options.sample);
  std::vector<ObjectIndex> sample;
  for (std::size_t i = 0; i < objects.size(); i += step) sample.push_back(objects[i]);
  std::ranges::sort(sample, {}, [&](ObjectIndex o) { return dominators.position(o); });

  PathTree tree(analysis);
  std::map<PathNode, Way> ways;
  for (const ObjectIndex o : sample) {
    const PathNode node = tree.of(o);
    if (node == kNoPathNode) {
      why.unreachable += step;
      continue;
    }
    Way& way = ways[node];
    if (way.count == 0) way.example = o;
    way.count += step;
    if (dominators.position(o) >= way.insideUntil) {
      way.retained += dominators.retained(o) * step;
      way.insideUntil = dominators.position(o) + dominators.subtreeCount(o);
    }
  }
  why.pathCount = ways.size();
  std::vector<std::pair<PathNode, Way>> ordered(ways.begin(), ways.end());
  std::ranges::stable_sort(ordered, [](const auto& a, const auto& b) {
    return std::pair(a.second.count, a.second.retained) >
           std::pair(b.second.count, b.second.retained);
  });
  if (ordered.size() > options.paths) ordered.resize(options.paths);
  for (const auto& [node, way] : ordered) {
    RetainingPath path;
    path.count = std::min<std::uint64_t>(way.count, objects.size());
    path.retained = way.retained;
    path.example = way.example;
    path.steps = stepsTo(analysis, way.example, way.count > 1 ? Masking::Positions : Masking::None);
    path.expression = expressionOf(path.steps);
    why.paths.push_back(std::move(path));
  }
  why.unreachable = std::min<std::uint64_t>(why.unreachable, objects.size());
  return why;
}

}  // namespace whyalive::heap
