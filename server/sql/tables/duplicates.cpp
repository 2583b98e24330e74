// duplicates: texts that several str of the heap have, one row each, those that waste most first.
// Found once, from the order of the strings: a GROUP BY would look at every str each time.
#include <algorithm>

#include "server/heap/stoppable_sort.h"
#include "server/sql/tables/tables.h"

namespace whyalive::sql {
namespace {

using enum ColumnType;

enum : int { kText, kCopies, kSize, kWasted, kExample };

constexpr Column kColumns[] = {
    {"text", Text, "what they say; a str of which only the beginning is known is no copy"},
    {"copies", Integer, "so many str say it"},
    {"size", Bytes, "their sizes together"},
    {"wasted", Bytes, "what all but one of them take at least"},
    {"example", Object, "the first of them"},
};

class Duplicates : public SequenceTable {
 public:
  Duplicates(Indexes& indexes, QueryRun& run) : indexes_(indexes), run_(run) {}

  static constexpr TableInfo kInfo{
      "duplicates", "texts that several str have, those that waste most first", kColumns};
  TableInfo info() const override { return kInfo; }
  std::span<const Access> accesses() const override { return {}; }
  double rowCount() const override {
    constexpr double kGuess = 10'000;  // finding out is all the work there is
    return found_ ? static_cast<double>(rows_.size()) : kGuess;
  }
  Result<double> estimate(const Access&, std::span<const Condition>) const override {
    return rowCount();
  }
  bool ordered(const Access*, std::span<const Condition>, Order order) const override {
    return order.column == kWasted && order.descending;
  }
  Result<Sequence> select(const Access*, std::span<const Condition>, int) const override {
    if (!found_) {
      if (auto done = find(); !done) return std::unexpected(done.error());
    }
    return Sequence::range(0, static_cast<std::uint32_t>(rows_.size()));
  }
  // As they stand is the only order that was promised.
  Result<std::unique_ptr<Rows>> rows(const Access* access, std::span<const Condition> conditions,
                                     Order) const override {
    return SequenceTable::rows(access, conditions, {});
  }
  Cell cell(std::uint32_t row, int column) const override;

 private:
  struct Row {
    std::uint32_t example = 0, copies = 0;
    whyalive::Bytes size = 0, smallest = 0;
    whyalive::Bytes wasted() const { return (copies - 1) * smallest; }
  };
  Result<void> find() const;
  Row rowOf(std::span<const std::uint32_t> equal) const;

  Indexes& indexes_;
  QueryRun& run_;
  mutable bool found_ = false;
  mutable std::vector<Row> rows_;
};

Result<void> Duplicates::find() const {
  constexpr std::size_t kCheckEvery = 1u << 15;
  const auto order = indexes_.textOrder();
  if (!order) return std::unexpected(order.error());
  const std::span<const std::uint32_t> strings((*order)->strings);
  std::vector<Row> rows;
  std::size_t first = 0;
  for (std::size_t i = 1; i <= strings.size(); ++i) {
    if (i % kCheckEvery == 0 && !run_.keepGoing("counting copies")) {
      return std::unexpected(run_.stopError());
    }
    if (i < strings.size() && (*order)->repeats[i]) continue;
    if (i - first > 1) {
      const Row row = rowOf(strings.subspan(first, i - first));
      if (row.copies > 1) rows.push_back(row);
    }
    first = i;
  }
  const auto wastesMore = [](const Row& a, const Row& b) {
    return a.wasted() != b.wasted() ? a.wasted() > b.wasted() : a.example < b.example;
  };
  if (!heap::sortStoppably(rows, wastesMore, run_.control(), "counting copies")) {
    return std::unexpected(run_.stopError());
  }
  rows_ = std::move(rows);
  found_ = true;
  return {};
}

Duplicates::Row Duplicates::rowOf(std::span<const std::uint32_t> equal) const {
  const heap::HeapGraph& graph = indexes_.graph();
  Row row;
  for (const std::uint32_t id : equal) {
    const ObjectIndex o{id};
    if (graph.text(o).value_or(heap::TextValue{}).cut) continue;
    const whyalive::Bytes size = graph.size(o);
    if (row.copies == 0) row = {id, 0, 0, size};
    ++row.copies;
    row.size += size;
    row.smallest = std::min(row.smallest, size);
  }
  return row;
}

Cell Duplicates::cell(std::uint32_t row, int column) const {
  const Row& r = rows_[row];
  switch (column) {
    case kText:
      return indexes_.graph().text(ObjectIndex{r.example}).value_or(heap::TextValue{}).bytes;
    case kCopies: return numberCell(r.copies);
    case kSize: return numberCell(r.size);
    case kWasted: return numberCell(r.wasted());
    case kExample: return objectCell(ObjectIndex{r.example});
    default: return {};
  }
}

}  // namespace

TableDefinition duplicatesTable() { return define<Duplicates>(); }

}  // namespace whyalive::sql
