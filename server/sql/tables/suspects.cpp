// suspects: who keeps too much, found when the table is first asked.
#include "server/sql/listed_table.h"
#include "server/sql/tables/tables.h"

namespace whyalive::sql {
namespace {

using enum ColumnType;

enum : int {
  kRank,
  kKind,
  kTitle,
  kHolder,
  kHolderObject,
  kHolderType,
  kType,
  kCount,
  kRetained,
  kGrowthCount,
  kGrowthBytes,
  kSignature,
  kNote,
};

constexpr Column kSuspectColumns[] = {
    {"rank", Integer, "1 = first"},
    {"kind", Text, "growth, accumulation, garbage-cycle, suspended, native or waste"},
    {"title", Text, "Dispatcher._expected holds 3,100 entries"},
    {"holder", Text, "expression of the container that keeps too much"},
    {"holder_object", Object, "that container"},
    {"holder_type", Text, "its type"},
    {"type", Text, "type of what is kept"},
    {"count", Integer, "entries of the holder"},
    {"retained", Bytes, "what they retain"},
    {"growth_count", Integer, "entries more than in the earlier snapshot; NULL without one"},
    {"growth_bytes", Bytes, "retained bytes more than in the earlier snapshot"},
    {"signature", Text, "stable from run to run"},
    {"note", Text, "bounded, growth not proven …"},
};
constexpr Access kSuspectAccesses[] = {{kRank, Match::Equal}, {kHolderObject, Match::Equal}};

class SuspectTable : public ListedTable {
 public:
  SuspectTable(Indexes& indexes, QueryRun&) : indexes_(indexes) {}

  static constexpr TableInfo kInfo{"suspects", "who keeps more than it should, ranked",
                                   kSuspectColumns};
  TableInfo info() const override { return kInfo; }
  std::span<const Access> accesses() const override { return kSuspectAccesses; }
  double rowCount() const override { return 10; }
  Result<std::uint32_t> length() const override {
    const auto all = indexes_.suspects();
    if (!all) return std::unexpected(all.error());
    return static_cast<std::uint32_t>(all->size());
  }
  Cell cell(std::uint32_t row, int column) const override {
    const auto all = indexes_.suspects();  // length() has found them
    if (!all) return {};
    const heap::Suspect& s = (*all)[row];
    switch (column) {
      case kRank: return numberCell(s.rank);
      case kKind: return heap::toString(s.kind);
      case kTitle: return textCell(s.title);
      case kHolder: return textCell(s.holder.expression);
      case kHolderObject: return objectCell(s.holder.object);
      case kHolderType: return textCell(s.holder.type);
      case kType: return s.types.empty() ? Cell() : textCell(s.types.front().type);
      case kCount: return numberCell(s.count);
      case kRetained: return numberCell(s.retained);
      case kGrowthCount: return s.hasGrowth ? Cell(s.growth.count) : Cell();
      case kGrowthBytes: return s.hasGrowth ? Cell(s.growth.bytes) : Cell();
      case kSignature: return textCell(s.signature);
      case kNote: return textCell(s.note);
      default: return {};
    }
  }

 private:
  Indexes& indexes_;
};

}  // namespace

TableDefinition suspectsTable() { return define<SuspectTable>(); }

}  // namespace whyalive::sql
