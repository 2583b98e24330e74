#include "server/heap/partition.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "server/heap/classification.h"
#include "server/heap/group_retained.h"
#include "server/heap/retained_set.h"
#include "server/heap/retained_sets.h"
#include "server/heap/settled_sizes.h"
#include "server/heap/statistics_index.h"

namespace whyalive::heap {
namespace {

constexpr std::uint32_t kCheckEvery = 1u << 18;  // objects between two looks at RunControl

std::unexpected<Error> cancelled() {
  return fail(ErrorCode::Cancelled, "dividing the heap was cancelled");
}

constexpr std::array<std::pair<PartitionBy, std::string_view>, 8> kWords{{
    {PartitionBy::Kind, "kind"},
    {PartitionBy::Type, "type"},
    {PartitionBy::Module, "module"},
    {PartitionBy::Holder, "holder"},
    {PartitionBy::Referrers, "referrers"},
    {PartitionBy::Via, "via"},
    {PartitionBy::Size, "size"},
    {PartitionBy::Id, "id"},
}};

// The objects that are divided: all, or those of a list, ids rising.
class Members {
 public:
  explicit Members(const Analysis& analysis) : count_(analysis.graph().objectCount()) {}

  void restrict(std::vector<ObjectIndex> list) {
    const std::uint32_t all = all_ ? count_ : static_cast<std::uint32_t>(marks_.size());
    list_ = std::move(list);
    count_ = static_cast<std::uint32_t>(list_.size());
    all_ = false;
    marks_.assign(all, false);
    for (const ObjectIndex o : list_) marks_[raw(o)] = true;
  }
  bool isAll() const { return all_; }
  bool has(std::uint32_t o) const { return all_ || marks_[o]; }
  std::uint32_t count() const { return count_; }
  ObjectIndex operator[](std::uint32_t i) const { return all_ ? ObjectIndex{i} : list_[i]; }

 private:
  bool all_ = true;
  std::uint32_t count_;
  std::vector<ObjectIndex> list_;
  std::vector<bool> marks_;
};

using ClassificationPtr = std::shared_ptr<const Classification>;

Result<ClassificationPtr> classify(const Analysis& analysis, PartitionBy by,
                                   LatestClassification* latest, const RunControl& control) {
  if (latest != nullptr) return latest->get(analysis, by, control);
  auto made = Classification::classify(analysis, by, control);
  if (!made) return std::unexpected(std::move(made.error()));
  return std::make_shared<const Classification>(*std::move(made));
}

// Of those, the ones that a row has.
Result<void> restrictTo(const Analysis& analysis, const PartitionPart& part,
                        LatestClassification* latest, const RunControl& control, Members& members) {
  std::vector<ObjectIndex> kept;
  if (part.by == PartitionBy::Id) {
    std::uint32_t id = kNoIndex;
    std::from_chars(part.label.data(), part.label.data() + part.label.size(), id);
    if (id < analysis.graph().objectCount() && members.has(id)) kept.push_back(ObjectIndex{id});
    members.restrict(std::move(kept));
    return {};
  }
  const auto found = classify(analysis, part.by, latest, control);
  if (!found) return std::unexpected(found.error());
  const Classification& classes = **found;
  std::uint32_t wanted = kNoIndex;
  for (std::uint32_t g = 0; g < classes.groupCount(); ++g) {
    if (classes.label(g) == part.label) wanted = g;
  }
  for (std::uint32_t i = 0; i < members.count(); ++i) {
    if (i % kCheckEvery == 0 && !control.keepGoing("choosing objects", 0)) return cancelled();
    if (classes.groupOf(raw(members[i])) == wanted) kept.push_back(members[i]);
  }
  members.restrict(std::move(kept));
  return {};
}

Result<Members> membersOf(const Analysis& analysis,
                          const std::optional<std::span<const ObjectIndex>>& of,
                          std::span<const PartitionPart> within, LatestClassification* latest,
                          const RunControl& control) {
  Members members(analysis);
  if (of) members.restrict({of->begin(), of->end()});
  for (const PartitionPart& part : within) {
    if (auto done = restrictTo(analysis, part, latest, control, members); !done) {
      return std::unexpected(done.error());
    }
  }
  return members;
}

// What the whole heap's kinds add up to is known; false where several of them make one row, whose
// retained size is not the sum.
bool addKnownSums(const Analysis& analysis, const Classification& classes,
                  std::vector<PartitionRow>& rows) {
  std::vector<std::uint32_t> kinds(rows.size());
  for (std::uint32_t k = 0; k < analysis.kinds().count(); ++k) {
    const auto& sums = analysis.statistics().ofKind(KindIndex{k});
    const std::uint32_t group = classes.groupOfKind(KindIndex{k});
    PartitionRow& row = rows[group];
    if (sums.count != 0 && ++kinds[group] > 1) return false;
    row.count += sums.count;
    row.size += sums.size;
    row.retained += sums.retained;
  }
  return true;
}

// False when it was cancelled.
bool addSums(const Analysis& analysis, const Classification& classes, const Members& members,
             const RunControl& control, std::vector<PartitionRow>& rows) {
  for (std::uint32_t i = 0; i < members.count(); ++i) {
    if (i % kCheckEvery == 0 && !control.keepGoing("adding up", 0)) return false;
    PartitionRow& row = rows[classes.groupOf(raw(members[i]))];
    ++row.count;
    row.size += analysis.graph().size(members[i]);
  }
  const std::vector<Bytes> retained = retainedByGroup(
      analysis.dominators(), classes.groupCount(),
      [&](std::uint32_t o) { return members.has(o) ? classes.groupOf(o) : kNoIndex; }, control);
  for (std::uint32_t g = 0; g < rows.size(); ++g) rows[g].retained = retained[g];
  return control.keepGoing("adding up", 1);
}

Result<std::vector<PartitionRow>> rowsOf(const Analysis& analysis, const Classification& classes,
                                         const Members& members, const RunControl& control) {
  std::vector<PartitionRow> rows(classes.groupCount());
  const bool known = members.isAll() && classes.followsKinds();
  if (!known || !addKnownSums(analysis, classes, rows)) {
    rows.assign(classes.groupCount(), {});
    if (!addSums(analysis, classes, members, control, rows)) return cancelled();
  }
  for (std::uint32_t g = 0; g < rows.size(); ++g) {
    rows[g].label = classes.label(g);
    rows[g].type = classes.type(g);
  }
  std::erase_if(rows, [](const PartitionRow& row) { return row.count == 0; });
  return rows;
}

// The first `count` of them, largest first, as positions among the members; empty when cancelled. A
// heap of those found so far, the smallest on top, lets most of the others pass after one look.
std::vector<std::uint32_t> largest(const Analysis& analysis, const Members& members,
                                   std::size_t count, const RunControl& control) {
  const HeapGraph& graph = analysis.graph();
  const auto larger = [&](std::uint32_t a, std::uint32_t b) {
    const Bytes ofA = graph.size(members[a]), ofB = graph.size(members[b]);
    return ofA != ofB ? ofA > ofB : a < b;
  };
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; i < members.count() && count != 0; ++i) {
    if (i % kCheckEvery == 0 && !control.keepGoing("sorting", 1.0 * i / members.count())) return {};
    if (found.size() == count) {
      if (!larger(i, found.front())) continue;
      std::ranges::pop_heap(found, larger);
      found.pop_back();
    }
    found.push_back(i);
    std::ranges::push_heap(found, larger);
  }
  std::ranges::sort(found, larger);
  return found;
}

// Each object is a row: only the page is made. False when it was cancelled.
bool addObjects(const Analysis& analysis, const Members& members, const PartitionOptions& options,
                const RunControl& control, PartitionTable& table) {
  const HeapGraph& graph = analysis.graph();
  const std::size_t begin = std::min<std::size_t>(options.offset, members.count());
  const std::size_t end = begin + std::min(options.limit, members.count() - begin);
  const std::vector<std::uint32_t> order = largest(analysis, members, end, control);
  if (order.size() < end) return false;
  for (std::size_t i = begin; i < end; ++i) {
    const ObjectIndex o = members[order[i]];
    PartitionRow& row = table.rows.emplace_back();
    row.index = static_cast<std::uint32_t>(i);
    row.label = graph.repr(o);
    row.type = graph.typeName(o);
    row.count = 1;
    row.size = graph.size(o);
    row.retained = analysis.dominators().retained(o);
    row.object = o;
  }
  table.rowCount = members.count();
  return true;
}

std::int64_t difference(std::uint64_t now, std::uint64_t before) {
  return static_cast<std::int64_t>(now) - static_cast<std::int64_t>(before);
}

void addGrowth(PartitionTable& table, std::vector<PartitionRow> earlier) {
  std::unordered_map<std::string, PartitionRow> before;
  std::uint64_t count = 0;
  Bytes size = 0;
  for (PartitionRow& row : earlier) {
    count += row.count;
    size += row.size;
    std::string label = row.label;
    before.emplace(std::move(label), std::move(row));
  }
  table.totalGrowth = {difference(table.totalCount, count), difference(table.totalSize, size)};
  for (PartitionRow& row : table.rows) {
    const auto it = before.find(row.label);
    const PartitionRow none;
    const PartitionRow& old = it == before.end() ? none : it->second;
    row.growth = {difference(row.count, old.count), difference(row.size, old.size)};
    if (it != before.end()) before.erase(it);
  }
  for (auto& [label, old] : before) {
    PartitionRow& gone = table.rows.emplace_back();
    gone.label = label;
    gone.type = std::move(old.type);
    gone.growth = {difference(0, old.count), difference(0, old.size)};
  }
}

// Largest first, and of these the page.
void arrange(PartitionTable& table, const PartitionOptions& options) {
  std::ranges::sort(table.rows, [](const PartitionRow& a, const PartitionRow& b) {
    return a.size != b.size ? a.size > b.size : a.label < b.label;
  });
  for (std::uint32_t i = 0; i < table.rows.size(); ++i) table.rows[i].index = i;
  table.rowCount = table.rows.size();
  const std::size_t begin = std::min(options.offset, table.rows.size());
  const std::size_t end = begin + std::min(options.limit, table.rows.size() - begin);
  table.rows.erase(table.rows.begin() + static_cast<std::ptrdiff_t>(end), table.rows.end());
  table.rows.erase(table.rows.begin(), table.rows.begin() + static_cast<std::ptrdiff_t>(begin));
}

// Exact retained sizes of the first rows of the page, as many as one pass over the heap allows; of
// further ones where somebody has asked for them before.
Result<void> settle(const Analysis& analysis, const Classification& classes, const Members& members,
                    SettledSizes* settled, PartitionTable& table, const RunControl& control) {
  if (!members.isAll()) settled = nullptr;
  std::unordered_map<std::string_view, std::uint8_t> setOfLabel;
  std::vector<PartitionRow*> rows;
  std::size_t seen = 0;
  for (PartitionRow& row : table.rows) {
    row.atLeast = row.count != 0;
    if (!row.atLeast) continue;
    const bool first = seen++ < kMostSets;
    const auto known = settled == nullptr ? std::nullopt : settled->find(table.by, row.label);
    if (known) {
      row.retained = *known;
      row.atLeast = false;
    } else if (first) {
      setOfLabel.emplace(row.label, static_cast<std::uint8_t>(rows.size()));
      rows.push_back(&row);
    }
  }
  if (rows.empty()) return {};
  std::vector<std::uint8_t> setOfGroup(classes.groupCount(), kInNoSet);
  for (std::uint32_t g = 0; g < classes.groupCount(); ++g) {
    const auto it = setOfLabel.find(classes.label(g));
    if (it != setOfLabel.end()) setOfGroup[g] = it->second;
  }
  std::vector<std::uint8_t> setOf(analysis.graph().objectCount(), kInNoSet);
  for (std::uint32_t i = 0; i < members.count(); ++i) {
    if (i % kCheckEvery == 0 && !control.keepGoing("finding retained sizes", 0)) return cancelled();
    setOf[raw(members[i])] = setOfGroup[classes.groupOf(raw(members[i]))];
  }
  std::vector<Bytes> atLeast;
  for (const PartitionRow* row : rows) atLeast.push_back(row->retained);
  const auto retained = retainedSizes(analysis, setOf, atLeast, control);
  if (!retained) return std::unexpected(retained.error());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    rows[i]->retained = (*retained)[i];
    rows[i]->atLeast = false;
    if (settled != nullptr) settled->add(table.by, rows[i]->label, rows[i]->retained);
  }
  return {};
}

}  // namespace

std::string_view toString(PartitionBy by) {
  return std::ranges::find(kWords, by, &decltype(kWords)::value_type::first)->second;
}

std::optional<PartitionBy> partitionBy(std::string_view word) {
  const auto it = std::ranges::find(kWords, word, &decltype(kWords)::value_type::second);
  return it == kWords.end() ? std::nullopt : std::optional(it->first);
}

std::span<const std::string_view> partitionWords() {
  static constexpr auto kAll = [] {
    std::array<std::string_view, kWords.size()> words;
    std::ranges::transform(kWords, words.begin(), [](const auto& pair) { return pair.second; });
    return words;
  }();
  return kAll;
}

Result<PartitionTable> partition(const Analysis& analysis, PartitionBy by,
                                 const PartitionOptions& options, const RunControl& control) {
  PartitionTable table;
  table.by = by;
  const auto members = membersOf(analysis, options.of, options.within, options.latest, control);
  if (!members) return std::unexpected(members.error());
  table.totalCount = members->count();
  if (by == PartitionBy::Id) {
    for (std::uint32_t i = 0; i < members->count(); ++i) {
      if (i % kCheckEvery == 0 && !control.keepGoing("adding up", 0)) return cancelled();
      table.totalSize += analysis.graph().size((*members)[i]);
    }
    if (!addObjects(analysis, *members, options, control, table)) return cancelled();
    return table;
  }
  const auto classes = classify(analysis, by, options.latest, control);
  if (!classes) return std::unexpected(classes.error());
  auto rows = rowsOf(analysis, **classes, *members, control);
  if (!rows) return std::unexpected(rows.error());
  table.rows = *std::move(rows);
  for (const PartitionRow& row : table.rows) table.totalSize += row.size;
  if (options.since != nullptr) {
    const auto before =
        membersOf(*options.since, options.ofSince, options.within, nullptr, control);
    if (!before) return std::unexpected(before.error());
    const auto earlier = classify(*options.since, by, nullptr, control);
    if (!earlier) return std::unexpected(earlier.error());
    auto then = rowsOf(*options.since, **earlier, *before, control);
    if (!then) return std::unexpected(then.error());
    addGrowth(table, *std::move(then));
  }
  arrange(table, options);
  if (auto settled = settle(analysis, **classes, *members, options.settled, table, control);
      !settled) {
    return std::unexpected(settled.error());
  }
  return table;
}

Result<std::vector<ObjectIndex>> objectsWithin(const Analysis& analysis,
                                               std::span<const PartitionPart> within,
                                               const RunControl& control,
                                               LatestClassification* latest) {
  const auto members = membersOf(analysis, {}, within, latest, control);
  if (!members) return std::unexpected(members.error());
  std::vector<ObjectIndex> objects;
  for (std::uint32_t i = 0; i < members->count(); ++i) objects.push_back((*members)[i]);
  return objects;
}

}  // namespace whyalive::heap
