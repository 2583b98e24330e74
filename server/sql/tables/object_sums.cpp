// The sums of objects: what SELECT … GROUP BY kind would add up, added up once. A row is the
// objects of a kind that are (not) reachable and (not) tracked; only overSums() asks for it.
#include <algorithm>
#include <array>
#include <limits>

#include "server/sql/listed_table.h"
#include "server/sql/summary_query.h"
#include "server/sql/tables/tables.h"

namespace whyalive::sql {
namespace {

using enum ColumnType;

enum : int { kType, kKind, kModule, kReachable, kTracked, kSample, kObjects, kFirstSum };

constexpr Column sums(std::string_view name) { return {name, Bytes, "of the objects of a row"}; }

constexpr Column kColumns[] = {
    {"type", Text, "as in objects"},
    {"kind", Text, "as in objects"},
    {"module", Text, "as in objects"},
    {"reachable", Flag, "as in objects"},
    {"tracked", Flag, "as in objects"},
    {kSampleColumn, Object, "the first of them"},
    {kObjectsColumn, Integer, "how many they are"},
    sums("sum of id"),
    sums("min of id"),
    sums("max of id"),
    sums("sum of size"),
    sums("min of size"),
    sums("max of size"),
    sums("sum of native"),
    sums("min of native"),
    sums("max of native"),
    sums("sum of retained"),
    sums("min of retained"),
    sums("max of retained"),
};

struct Amount {
  std::uint64_t sum = 0;
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t most = 0;

  void add(std::uint64_t value) {
    sum += value;
    least = std::min(least, value);
    most = std::max(most, value);
  }
};

struct Row {
  std::uint32_t kind = 0;
  bool reachable = false, tracked = false;
  std::uint64_t objects = 0;
  std::array<Amount, 4> amounts;  // id, size, native, retained
};

class ObjectSums : public ListedTable {
 public:
  ObjectSums(Indexes& indexes, QueryRun& run) : indexes_(indexes), run_(run) {}

  static constexpr TableInfo kInfo{kSumsTable, "objects added up by kind", kColumns};
  TableInfo info() const override { return kInfo; }
  std::span<const Access> accesses() const override { return {}; }
  double rowCount() const override { return indexes_.analysis().kinds().count(); }
  Result<std::uint32_t> length() const override {
    if (rows_.empty()) {
      if (auto added = add(); !added) return std::unexpected(added.error());
    }
    return static_cast<std::uint32_t>(rows_.size());
  }
  Cell cell(std::uint32_t row, int column) const override;

 private:
  Result<void> add() const;

  Indexes& indexes_;
  QueryRun& run_;
  mutable std::vector<Row> rows_;  // in the order of the kinds' names
};

Result<void> ObjectSums::add() const {
  constexpr std::uint32_t kCheckEvery = 1u << 17;
  const heap::Analysis& analysis = indexes_.analysis();
  const heap::HeapGraph& graph = analysis.graph();
  const heap::Kinds& kinds = analysis.kinds();
  const heap::Dominators& dominators = analysis.dominators();
  std::vector<Row> rows(std::size_t{kinds.count()} * 4);
  for (std::uint32_t i = 0; i < graph.objectCount(); ++i) {
    if (i % kCheckEvery == 0 && !run_.keepGoing("adding up")) {
      return std::unexpected(run_.stopError());
    }
    const ObjectIndex o{i};
    const bool reachable = dominators.reachable(o), tracked = graph.tracked(o);
    Row& row = rows[std::size_t{raw(kinds.of(o))} * 4 + (reachable ? 2 : 0) + (tracked ? 1 : 0)];
    row.reachable = reachable;
    row.tracked = tracked;
    ++row.objects;
    row.amounts[0].add(i);
    row.amounts[1].add(graph.size(o));
    row.amounts[2].add(graph.nativeSize(o));
    row.amounts[3].add(dominators.retained(o));
  }
  for (const heap::KindIndex k : indexes_.kindsByName()) {
    for (std::size_t i = 0; i < 4; ++i) {
      Row& row = rows[std::size_t{raw(k)} * 4 + i];
      row.kind = raw(k);
      if (row.objects > 0) rows_.push_back(row);
    }
  }
  return {};
}

Cell ObjectSums::cell(std::uint32_t row, int column) const {
  const Row& r = rows_[row];
  const heap::Kinds& kinds = indexes_.analysis().kinds();
  const heap::HeapGraph& graph = indexes_.graph();
  const heap::KindIndex kind{r.kind};
  switch (column) {
    case kType: return graph.typeName(kinds.type(kind));
    case kKind: return kinds.name(kind);
    case kModule: return textCell(graph.name(graph.typeInfo(kinds.type(kind)).module));
    case kReachable: return flagCell(r.reachable);
    case kTracked: return flagCell(r.tracked);
    case kSample: return numberCell(r.amounts[0].least);
    case kObjects: return numberCell(r.objects);
    default: break;
  }
  const auto i = static_cast<std::size_t>(column - kFirstSum);
  const Amount& amount = r.amounts[i / 3];
  return numberCell(i % 3 == 0 ? amount.sum : i % 3 == 1 ? amount.least : amount.most);
}

}  // namespace

TableDefinition objectSumsTable() { return define<ObjectSums>(); }

}  // namespace whyalive::sql
