// strings: every str, one row each; the row's number is the object's id.
#include <algorithm>

#include "server/sql/object_facts.h"
#include "server/sql/tables/tables.h"

namespace whyalive::sql {
namespace {

using enum ColumnType;

enum : int { kId, kText, kLength, kCut, kSize };

constexpr Column kColumns[] = {
    {"id", Object, "the str"},
    {"text", Text, "its text, or the beginning that the snapshot kept"},
    {"length", Integer, "code points, of the whole text"},
    {"cut", Flag, "1: text is only the beginning"},
    {"size", Bytes, "what sys.getsizeof says"},
};

constexpr Access kAccesses[] = {
    {kId, Match::Equal},
    {kId, Match::Range},
    {kText, Match::Equal},
    {kText, Match::Range},
};

class Strings : public SequenceTable {
 public:
  Strings(Indexes& indexes, QueryRun&) : indexes_(indexes) {}

  static constexpr TableInfo kInfo{"strings", "every str of the heap", kColumns};
  TableInfo info() const override { return kInfo; }
  std::span<const Access> accesses() const override { return kAccesses; }
  double rowCount() const override { return indexes_.graph().objectCount() / 4.0; }
  Result<double> estimate(const Access& access,
                          std::span<const Condition> conditions) const override;
  bool ordered(const Access* access, std::span<const Condition>, Order order) const override {
    return order.column == (access == nullptr ? kText : access->column) ||
           (access == nullptr && order.column == kId);
  }
  Result<Sequence> select(const Access* access, std::span<const Condition> conditions,
                          int orderColumn) const override;
  Cell cell(std::uint32_t row, int column) const override;

 private:
  // The last one is remembered: a row asks for it several times.
  const heap::TextValue& text(std::uint32_t id) const {
    if (id != lastId_) {
      last_ = indexes_.graph().text(ObjectIndex{id}).value_or(heap::TextValue{});
      lastId_ = id;
    }
    return last_;
  }
  Result<Sequence> withIds(std::span<const Condition> conditions) const;
  Result<Sequence> withTexts(std::span<const Condition> conditions) const;

  Indexes& indexes_;
  mutable std::uint32_t lastId_ = kNoIndex;
  mutable heap::TextValue last_;
};

Result<double> Strings::estimate(const Access& access,
                                 std::span<const Condition> conditions) const {
  if (access.column == kText) return access.match == Match::Equal ? 2 : rowCount() / 10;
  if (!conditions[0].known) return access.match == Match::Equal ? 1 : rowCount() / 4;
  const Bounds bounds = boundsOf(conditions, indexes_.graph().objectCount());
  return access.match == Match::Equal ? 1 : (bounds.end - bounds.first) / 4.0;
}

Result<Sequence> Strings::select(const Access* access, std::span<const Condition> conditions,
                                 int orderColumn) const {
  if (access == nullptr) {
    auto all = orderColumn == kText ? indexes_.stringsByText() : indexes_.strings();
    if (!all) return std::unexpected(all.error());
    return Sequence::listed(*all);
  }
  return access->column == kId ? withIds(conditions) : withTexts(conditions);
}

Result<Sequence> Strings::withIds(std::span<const Condition> conditions) const {
  const Bounds bounds = boundsOf(conditions, indexes_.graph().objectCount());
  if (bounds.end - bounds.first == 1) {  // the usual case needs no list
    const bool isText =
        indexes_.graph().shape(ObjectIndex{bounds.first}).value == heap::ValueKind::Text;
    return Sequence::range(bounds.first, isText ? 1 : 0);
  }
  auto all = indexes_.strings();
  if (!all) return std::unexpected(all.error());
  const auto first = std::ranges::lower_bound(*all, bounds.first);
  const auto end = std::ranges::lower_bound(*all, bounds.end);
  if (first >= end) return Sequence();
  return Sequence::listed(std::span<const std::uint32_t>(first, end));
}

Result<Sequence> Strings::withTexts(std::span<const Condition> conditions) const {
  auto all = indexes_.stringsByText();
  if (!all) return std::unexpected(all.error());
  auto first = all->begin(), end = all->end();
  const auto byText = [this](std::uint32_t id) { return text(id).bytes; };
  for (const Condition& c : conditions) {
    if (isNull(c.value)) return Sequence();
    if (!isText(c.value)) continue;  // SQLite knows how numbers and blobs compare with text
    const std::string_view bound = textOf(c.value);
    if (c.op == Operator::Equal || c.op == Operator::GreaterOrEqual || c.op == Operator::Greater) {
      first = std::max(first, std::ranges::lower_bound(*all, bound, {}, byText));
    }
    if (c.op == Operator::Equal || c.op == Operator::LessOrEqual || c.op == Operator::Less) {
      end = std::min(end, std::ranges::upper_bound(*all, bound, {}, byText));
    }
  }
  if (first >= end) return Sequence();
  return Sequence::listed(std::span<const std::uint32_t>(first, end));
}

Cell Strings::cell(std::uint32_t row, int column) const {
  const ObjectIndex o{row};
  switch (column) {
    case kId: return objectCell(o);
    case kText: return text(row).bytes;
    case kLength: return ObjectFacts::length(text(row));
    case kCut: return flagCell(text(row).cut);
    case kSize: return numberCell(indexes_.graph().size(o));
    default: return {};
  }
}

}  // namespace

TableDefinition stringsTable() { return define<Strings>(); }

}  // namespace whyalive::sql
