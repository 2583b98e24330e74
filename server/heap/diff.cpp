#include "server/heap/diff.h"

#include <algorithm>
#include <map>

#include "server/heap/expression.h"
#include "server/heap/partition.h"
#include "server/heap/suspects/growth.h"

namespace whyalive::heap {
namespace {

std::vector<KindDiff> diffKinds(const Analysis& before, const Analysis& now) {
  std::vector<KindDiff> kinds;
  const auto byKind = partition(now, PartitionBy::Kind, {.since = &before});  // not to be cancelled
  for (const PartitionRow& row : byKind->rows) {
    if (row.growth->count == 0 && row.growth->size == 0) continue;
    KindDiff kind;
    kind.kind = row.label;
    kind.count = row.count;
    kind.size = row.size;
    kind.countBefore =
        static_cast<std::uint64_t>(static_cast<std::int64_t>(row.count) - row.growth->count);
    kind.sizeBefore = static_cast<Bytes>(static_cast<std::int64_t>(row.size) - row.growth->size);
    kinds.push_back(std::move(kind));
  }
  const auto gained = [](const KindDiff& k) {
    return static_cast<std::int64_t>(k.size) - static_cast<std::int64_t>(k.sizeBefore);
  };
  std::ranges::stable_sort(kinds, std::greater{}, gained);
  return kinds;
}

}  // namespace

HeapDiff diff(const Analysis& before, const Analysis& now, const DiffOptions& options) {
  HeapDiff result;
  result.kinds = diffKinds(before, now);
  for (const KindDiff& kind : result.kinds) {
    result.count +=
        static_cast<std::int64_t>(kind.count) - static_cast<std::int64_t>(kind.countBefore);
    result.size +=
        static_cast<std::int64_t>(kind.size) - static_cast<std::int64_t>(kind.sizeBefore);
  }
  const Ground groundBefore(before);
  const Ground ground(now);
  PathTree treeBefore(before);
  PathTree tree(now);
  const std::vector<Places> earlier{
      placesOf(groundBefore, treeBefore, findCandidates(groundBefore))};
  const Places places = placesOf(ground, tree, findCandidates(ground));
  for (const Grown& grown :
       grownPlaces(tree, places, earlier, [](const Grown& g) { return g.gained > 0; })) {
    if (result.holders.size() == options.holders) break;
    HolderDiff holder;
    holder.holder = describeHolder(now, grown.now.largest);
    holder.signature = tree.signature(grown.now.node);
    const bool inside = grown.now.outermost <= grown.outermostBefore;  // it grew deeper only
    holder.entriesBefore = inside ? grown.entriesBefore : grown.outermostBefore;
    holder.entries = inside ? grown.now.entries : grown.now.outermost;
    holder.retainedBefore = grown.retainedBefore;
    holder.retained = grown.now.retained;
    result.holders.push_back(std::move(holder));
  }
  return result;
}

}  // namespace whyalive::heap
