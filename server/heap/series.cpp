#include "server/heap/series.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "server/heap/expression.h"
#include "server/heap/path_tree.h"
#include "server/heap/sha1.h"
#include "server/heap/suspects/growth.h"

namespace whyalive::heap {
namespace {

constexpr std::uint32_t kCheckEvery = 1u << 16;

std::unexpected<Error> stopped() {
  return fail(ErrorCode::Cancelled, "comparing snapshots was cancelled");
}

std::string nameOf(const Analysis& a, KindIndex kind, SeriesBy by) {
  if (by == SeriesBy::Kind) return std::string(a.kinds().name(kind));
  const TypeIndex type = a.kinds().type(kind);
  if (by == SeriesBy::Type) return std::string(a.graph().typeName(type));
  return std::string(a.graph().name(a.graph().typeInfo(type).module));
}

// Gathers the rows of one series while its snapshots are gone through.
class Gathering {
 public:
  Gathering(std::span<const Analysis* const> snapshots, const SeriesOptions& options,
            const RunControl& control)
      : snapshots_(snapshots), options_(options), control_(control) {}

  Result<Series> run() {
    series_.counts.resize(snapshots_.size());
    series_.sizes.resize(snapshots_.size());
    for (std::size_t i = 0; i < snapshots_.size(); ++i) {
      if (!countHeap(i)) return stopped();
      const bool done = options_.by == SeriesBy::Holder ? holders(i)
                        : options_.by == SeriesBy::Path ? places(i)
                                                        : kinds(i);
      if (!done) return stopped();
    }
    if (options_.fates != nullptr) series_.fates = options_.fates->counts();
    if (options_.by == SeriesBy::Holder) {
      countInside();
      leaveOutNested();
    }
    if (!options_.all) {
      std::erase_if(series_.rows, [](const SeriesRow& row) { return !row.changed(); });
    }
    std::ranges::sort(series_.rows, [](const SeriesRow& a, const SeriesRow& b) {
      const auto key = [](const SeriesRow& row) {
        return std::tuple(-row.sizeGrowth(), -row.countGrowth(), std::string_view(row.label),
                          std::string_view(row.place));
      };
      return key(a) < key(b);
    });
    return std::move(series_);
  }

 private:
  bool keepGoing(std::size_t i, double share) const {
    return control_.keepGoing("comparing snapshots", (static_cast<double>(i) + share) /
                                                         static_cast<double>(snapshots_.size()));
  }

  bool countHeap(std::size_t i) {
    const HeapGraph& graph = snapshots_[i]->graph();
    series_.counts[i] = graph.objectCount();
    for (std::uint32_t o = 0; o < graph.objectCount(); ++o) {
      if (o % kCheckEvery == 0 && !keepGoing(i, 0)) return false;
      series_.sizes[i] += graph.size(ObjectIndex{o});
    }
    return true;
  }

  SeriesRow& rowOf(const std::string& key) {
    const auto [it, added] = rowOf_.try_emplace(key, series_.rows.size());
    if (added) {
      SeriesRow& row = series_.rows.emplace_back();
      row.counts.resize(snapshots_.size());
      row.sizes.resize(snapshots_.size());
      if (options_.fates != nullptr && options_.by != SeriesBy::Holder) row.fates = FateCounts{};
    }
    return series_.rows[it->second];
  }

  // `i`-th snapshot's object o belongs to this row.
  void tellFate(std::size_t i, std::uint32_t o, SeriesRow& row) const {
    if (!row.fates) return;
    if (i == 0 && options_.fates->gone[o]) ++row.fates->gone;
    if (i + 1 != snapshots_.size() || i == 0) return;
    const Fate fate = options_.fates->now[o];
    row.fates->added += fate == Fate::Added ? 1 : 0;
    row.fates->survived += fate == Fate::Survived ? 1 : 0;
    row.fates->uncertain += fate == Fate::Uncertain ? 1 : 0;
  }

  bool kinds(std::size_t i) {
    const Analysis& a = *snapshots_[i];
    std::vector<std::size_t> rowOfKind(a.kinds().count(), SIZE_MAX);
    for (std::uint32_t o = 0; o < a.graph().objectCount(); ++o) {
      if (o % kCheckEvery == 0 && !keepGoing(i, 1.0 * o / a.graph().objectCount())) return false;
      const KindIndex kind = a.kinds().of(ObjectIndex{o});
      std::size_t& row = rowOfKind[raw(kind)];
      if (row == SIZE_MAX) {
        const std::string name = nameOf(a, kind, options_.by);
        SeriesRow& made = rowOf(name);
        made.label = name;
        if (options_.by != SeriesBy::Module) made.type = a.graph().typeName(a.kinds().type(kind));
        row = rowOf_.at(name);
      }
      ++series_.rows[row].counts[i];
      series_.rows[row].sizes[i] += a.graph().size(ObjectIndex{o});
      tellFate(i, o, series_.rows[row]);
    }
    return true;
  }

  bool places(std::size_t i) {
    const Analysis& a = *snapshots_[i];
    PathTree tree(a);
    std::vector<std::size_t> rowOfNode;
    for (std::uint32_t o = 0; o < a.graph().objectCount(); ++o) {
      if (o % kCheckEvery == 0 && !keepGoing(i, 1.0 * o / a.graph().objectCount())) return false;
      const PathNode node = tree.of(ObjectIndex{o});
      if (node == kNoPathNode) continue;
      if (rowOfNode.size() <= raw(node)) rowOfNode.resize(tree.size(), SIZE_MAX);
      std::size_t& row = rowOfNode[raw(node)];
      if (row == SIZE_MAX) {
        const std::string text = tree.text(node);
        place(rowOf(text), text, i, ObjectIndex{o});
        row = rowOf_.at(text);
      }
      ++series_.rows[row].counts[i];
      series_.rows[row].sizes[i] += a.graph().size(ObjectIndex{o});
      tellFate(i, o, series_.rows[row]);
    }
    return true;
  }

  void place(SeriesRow& row, const std::string& text, std::size_t i, ObjectIndex example) const {
    row.place = text;
    row.type = snapshots_[i]->graph().typeName(example);
    row.example = example;
    row.exampleIn = i;
  }

  bool holders(std::size_t i) {
    if (!keepGoing(i, 0)) return false;
    const Ground ground(*snapshots_[i], {}, control_);
    if (!keepGoing(i, 0.3)) return false;
    PathTree tree(*snapshots_[i]);
    for (const auto& [text, totals] : placesOf(ground, tree, findCandidates(ground))) {
      SeriesRow& row = rowOf(text);
      place(row, text, i, totals.largest);
      row.counts[i] = totals.outermost;
      row.sizes[i] = totals.retained;
      insideOf_[text].resize(snapshots_.size());
      insideOf_[text][i] = totals.entries;
    }
    return keepGoing(i, 1);
  }

  // A person counts the entries of outermost containers, unless it is inside that more are held.
  void countInside() {
    for (SeriesRow& row : series_.rows) {
      std::vector<std::uint64_t>& inside = insideOf_[row.place];
      const bool deeper = row.countGrowth() <= 0 && inside.back() > inside.front();
      if (deeper) row.counts = std::move(inside);
    }
  }

  // Holders inside another one that changed by as much: the outer one is the answer. A place's text
  // is a line a step, so the places around it are its beginnings.
  void leaveOutNested() {
    const auto hides = [](const SeriesRow& outer, const SeriesRow& inner) {
      const std::int64_t a = outer.sizeGrowth();
      const std::int64_t b = inner.sizeGrowth();
      return outer.changed() && (b >= 0 ? a >= b : a <= b) && outer.countGrowth() != 0;
    };
    std::vector<bool> hidden(series_.rows.size());
    for (std::size_t r = 0; r < series_.rows.size(); ++r) {
      const std::string& text = series_.rows[r].place;
      for (std::size_t end = text.find('\n'); end + 1 < text.size();
           end = text.find('\n', end + 1)) {
        const auto outer = rowOf_.find(text.substr(0, end + 1));
        if (outer == rowOf_.end()) continue;
        if (hides(series_.rows[outer->second], series_.rows[r])) hidden[r] = true;
      }
    }
    std::vector<SeriesRow> kept;
    for (std::size_t r = 0; r < hidden.size(); ++r) {
      if (!hidden[r] || options_.all) kept.push_back(std::move(series_.rows[r]));
    }
    series_.rows = std::move(kept);
  }

  std::span<const Analysis* const> snapshots_;
  const SeriesOptions& options_;
  const RunControl& control_;
  std::unordered_map<std::string, std::size_t> rowOf_;
  std::unordered_map<std::string, std::vector<std::uint64_t>>
      insideOf_;  // entries of all, by place
  Series series_;
};

// What stands outermost among the objects of one key.
struct Sum {
  SeriesPoint point;
  std::uint32_t insideUntil = 0;

  void add(const Analysis& a, ObjectIndex o, std::uint64_t count) {
    point.count += count;
    point.size += a.graph().size(o);
    const Bytes retained = a.dominators().retained(o);
    if (point.example == kNoObject || retained > a.dominators().retained(point.example)) {
      point.example = o;
    }
    const std::uint32_t position = a.dominators().position(o);
    if (position < insideUntil) return;
    point.retained += retained;
    insideUntil = position + a.dominators().subtreeCount(o);
  }
};

}  // namespace

std::string_view toString(SeriesBy by) {
  switch (by) {
    case SeriesBy::Kind: return "kind";
    case SeriesBy::Type: return "type";
    case SeriesBy::Module: return "module";
    case SeriesBy::Holder: return "holder";
    case SeriesBy::Path: return "path";
  }
  return "kind";
}

std::int64_t SeriesRow::countGrowth() const {
  return static_cast<std::int64_t>(counts.back() - counts.front());
}
std::int64_t SeriesRow::sizeGrowth() const {
  return static_cast<std::int64_t>(sizes.back() - sizes.front());
}
bool SeriesRow::changed() const {
  const auto varies = [](const auto& values) {
    return std::ranges::any_of(values, [&](auto value) { return value != values.front(); });
  };
  return varies(counts) || varies(sizes);
}
bool SeriesRow::grewAlways() const {
  return counts.size() > 1 &&
         std::ranges::adjacent_find(counts, std::greater_equal{}) == counts.end();
}

Result<Series> seriesOf(std::span<const Analysis* const> snapshots, const SeriesOptions& options,
                        const RunControl& control) {
  return Gathering(snapshots, options, control).run();
}

std::string labelOf(std::span<const Analysis* const> snapshots, const SeriesRow& row) {
  if (row.example == kNoObject) return row.label;
  return expressionOf(stepsTo(*snapshots[row.exampleIn], row.example, Masking::Positions));
}

std::string signatureOf(const SeriesRow& row) {
  return row.place.empty() ? std::string() : sha1Hex(row.place);
}

Result<std::vector<SeriesPoint>> pointsOf(const Analysis& analysis, std::span<const SeriesKey> keys,
                                          const RunControl& control) {
  const HeapGraph& graph = analysis.graph();
  std::vector<Sum> sums(keys.size());
  PathTree tree(analysis);
  std::vector<std::vector<std::size_t>> ofKind(analysis.kinds().count());
  std::vector<std::vector<std::size_t>> ofNode;
  bool places = false;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const bool place = keys[i].by == SeriesBy::Holder || keys[i].by == SeriesBy::Path;
    places = places || place;
    for (std::uint32_t k = 0; k < ofKind.size() && !place; ++k) {
      if (nameOf(analysis, KindIndex{k}, keys[i].by) == keys[i].name) ofKind[k].push_back(i);
    }
  }
  std::uint32_t done = 0;
  for (const std::uint32_t index : analysis.dominators().preorder()) {
    const ObjectIndex o{index};
    if (done++ % kCheckEvery == 0 &&
        !control.keepGoing("counting", 1.0 * done / graph.objectCount())) {
      return stopped();
    }
    for (const std::size_t i : ofKind[raw(analysis.kinds().of(o))]) sums[i].add(analysis, o, 1);
    const PathNode node = places ? tree.of(o) : kNoPathNode;
    if (node == kNoPathNode) continue;
    for (auto n = static_cast<std::uint32_t>(ofNode.size()); n < tree.size(); ++n) {
      const std::string signature = tree.signature(PathNode{n});
      std::vector<std::size_t>& wanted = ofNode.emplace_back();
      for (std::size_t i = 0; i < keys.size(); ++i) {
        const bool place = keys[i].by == SeriesBy::Holder || keys[i].by == SeriesBy::Path;
        if (place && keys[i].name == signature) wanted.push_back(i);
      }
    }
    for (const std::size_t i : ofNode[raw(node)]) {
      sums[i].add(analysis, o, keys[i].by == SeriesBy::Holder ? graph.entryCount(o) : 1);
    }
  }
  std::vector<SeriesPoint> points;
  for (const Sum& sum : sums) points.push_back(sum.point);
  return points;
}

}  // namespace whyalive::heap
