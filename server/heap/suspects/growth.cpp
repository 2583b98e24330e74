#include "server/heap/suspects/growth.h"

#include <algorithm>
#include <unordered_map>

namespace whyalive::heap {
namespace {

bool holdsEntries(const Ground& ground, ObjectIndex o) {
  const HeapGraph& graph = ground.graph();
  if (ground.isNamespace(o)) return graph.entryCount(o) >= PathTree::kNamesOfContainer;
  if (ground.isProgram(o)) return false;
  return graph.isContainer(o) && graph.entryCount(o) != 0;
}

const PlaceTotals* find(const Places& places, const std::string& text) {
  const auto it = places.find(text);
  return it == places.end() ? nullptr : &it->second;
}

Grown compare(const std::string& text, const PlaceTotals& now, const std::vector<Places>& earlier) {
  Grown grown;
  grown.now = now;
  std::uint64_t entries = 0;
  for (std::size_t i = 0; i < earlier.size(); ++i) {
    const PlaceTotals* then = find(earlier[i], text);
    const std::uint64_t entriesThen = then == nullptr ? 0 : then->entries;
    if (i == 0) {
      grown.entriesBefore = entriesThen;
      grown.outermostBefore = then == nullptr ? 0 : then->outermost;
      grown.retainedBefore = then == nullptr ? 0 : then->retained;
    }
    grown.inEveryStep = grown.inEveryStep && entriesThen >= entries;
    entries = entriesThen;
  }
  grown.inEveryStep = grown.inEveryStep && now.entries >= entries;
  grown.gained =
      static_cast<std::int64_t>(now.retained) - static_cast<std::int64_t>(grown.retainedBefore);
  return grown;
}

}  // namespace

std::int64_t Grown::entriesGained() const {
  const auto difference = [](std::uint64_t after, std::uint64_t before) {
    return static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before);
  };
  const std::int64_t seen = difference(now.outermost, outermostBefore);
  return seen >= static_cast<std::int64_t>(threshold::kGrowthEntries)
             ? seen
             : difference(now.entries, entriesBefore);
}

Places placesOf(const Ground& ground, PathTree& tree, const std::vector<Candidate>& candidates) {
  struct Totals {
    PlaceTotals totals;
    std::uint32_t insideUntil = 0;
    std::uint32_t mostEntries = 0;
  };
  std::unordered_map<std::uint32_t, Totals> byNode;
  const Dominators& dominators = ground.dominators();
  for (std::uint32_t i = 0; i < dominators.reachableCount() && ground.goesOn(i); ++i) {
    const ObjectIndex o{dominators.preorder()[i]};
    if (!holdsEntries(ground, o)) continue;
    const PathNode node = tree.of(o);
    if (node == kNoPathNode) continue;
    Totals& t = byNode[raw(node)];
    const std::uint32_t entries = ground.graph().entryCount(o);
    t.totals.node = node;
    ++t.totals.holders;
    t.totals.entries += entries;
    if (t.totals.largest == kNoObject || entries > t.mostEntries) {
      t.totals.largest = o;
      t.mostEntries = entries;
    }
    if (i >= t.insideUntil) {
      t.totals.retained += ground.userRetained(o);
      t.totals.outermost += entries;
      t.insideUntil = i + dominators.subtreeCount(o);
    }
  }
  Places places;
  for (const auto& [node, t] : byNode) places.emplace(tree.text(PathNode{node}), t.totals);
  std::map<PathNode, FoundBy> ruleAt;  // the buffers that frames hold are the frames'
  for (const Candidate& candidate : candidates) {
    if (candidate.rule == FoundBy::Accumulation || candidate.rule == FoundBy::Group) continue;
    const PathNode node = tree.of(candidate.holder);
    if (node == kNoPathNode) continue;
    if (ruleAt.try_emplace(node, candidate.rule).first->second != candidate.rule) continue;
    PlaceTotals& totals = places[tree.text(node)];
    totals.node = node;
    totals.holders += 1;
    // A buffer grows by its bytes.
    const std::uint64_t entries =
        candidate.rule == FoundBy::Leaf ? candidate.score : candidate.entries;
    totals.entries += entries;
    totals.outermost += entries;
    totals.retained += candidate.score;
    if (totals.largest == kNoObject) totals.largest = candidate.holder;
  }
  return places;
}

std::vector<Grown> grownPlaces(const PathTree& tree, const Places& now,
                               const std::vector<Places>& earlier,
                               const std::function<bool(const Grown&)>& counts) {
  std::map<PathNode, Grown> grown;
  for (const auto& [text, totals] : now) {
    Grown one = compare(text, totals, earlier);
    if (one.now.entries > one.entriesBefore && counts(one)) grown.emplace(totals.node, one);
  }
  // A node's number is greater than its parent's: from the leaves up, what grew inside a grown
  // place is that place's growth, also where others share it and it is in no one's retained size.
  std::map<PathNode, std::int64_t> fromBelow;
  std::vector<Grown> outermost;
  for (auto it = grown.rbegin(); it != grown.rend(); ++it) {
    auto& [node, one] = *it;
    one.gained = std::max(one.gained, fromBelow[node]);
    PathNode above = tree.parent(node);
    while (above != kNoPathNode && !grown.contains(above)) above = tree.parent(above);
    if (above == kNoPathNode) {
      outermost.push_back(one);
    } else {
      fromBelow[above] += one.gained;
    }
  }
  std::ranges::stable_sort(outermost, [](const Grown& a, const Grown& b) {
    return a.gained != b.gained ? a.gained > b.gained : a.now.node < b.now.node;
  });
  return outermost;
}

}  // namespace whyalive::heap
