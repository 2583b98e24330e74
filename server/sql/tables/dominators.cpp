// dominators: the dominator tree, one row an object; the row's number is the object's id.
#include "server/sql/tables/tables.h"

namespace whyalive::sql {
namespace {

using enum ColumnType;

enum : int { kId, kDominator, kRetained, kCount, kType, kKind, kSize, kWithin };

constexpr Column kColumns[] = {
    {"id", Object, "the object"},
    {"dominator", Object, "whose going would free it; NULL: only the roots, or nothing, keep it"},
    {"retained", Bytes, "what would be freed if it went"},
    {"count", Integer, "objects that would be freed, itself included"},
    {"type", Text, "qualified name of its type"},
    {"kind", Text, "its kind, as in objects.kind"},
    {"size", Bytes, "what sys.getsizeof says"},
    {"within", Object, "parameter: all that would be freed with this object, itself first", true},
};

constexpr Access kAccesses[] = {
    {kWithin, Match::Equal, true}, {kId, Match::Range},         {kId, Match::Equal},
    {kDominator, Match::Equal},    {kDominator, Match::IsNull},
};

class DominatorTable : public SequenceTable {
 public:
  DominatorTable(Indexes& indexes, QueryRun&)
      : graph_(indexes.graph()),
        kinds_(indexes.analysis().kinds()),
        tree_(indexes.analysis().dominators()) {}

  static constexpr TableInfo kInfo{"dominators", "the dominator tree: what frees what", kColumns};
  TableInfo info() const override { return kInfo; }
  std::span<const Access> accesses() const override { return kAccesses; }
  double rowCount() const override { return graph_.objectCount(); }
  Result<double> estimate(const Access& access,
                          std::span<const Condition> conditions) const override;
  bool ordered(const Access* access, std::span<const Condition>, Order order) const override {
    return order.column == kId && (access == nullptr || access->match == Match::Range);
  }
  Result<Sequence> select(const Access* access, std::span<const Condition> conditions,
                          int orderColumn) const override;
  Cell cell(std::uint32_t row, int column) const override;

 private:
  const heap::HeapGraph& graph_;
  const heap::Kinds& kinds_;
  const heap::Dominators& tree_;
};

Result<double> DominatorTable::estimate(const Access& access,
                                        std::span<const Condition> conditions) const {
  if (access.match == Match::IsNull) return rowCount() / 10;
  if (access.column == kDominator || access.column == kWithin) {
    if (!conditions[0].known) return 4;
    const Bounds bounds = boundsOf(conditions, graph_.objectCount());
    return bounds.first == bounds.end ? 0 : tree_.subtreeCount(ObjectIndex{bounds.first});
  }
  if (access.match == Match::Equal) return 1;
  if (!conditions[0].known) return rowCount() / 4;
  const Bounds bounds = boundsOf(conditions, graph_.objectCount());
  return bounds.end - bounds.first;
}

Result<Sequence> DominatorTable::select(const Access* access, std::span<const Condition> conditions,
                                        int) const {
  const std::uint32_t n = graph_.objectCount();
  if (access == nullptr) return Sequence::range(0, n);
  if (access->column == kId) {
    const Bounds bounds = boundsOf(conditions, n);
    return Sequence::range(bounds.first, bounds.end - bounds.first);
  }
  if (access->column == kWithin) {
    const Bounds bounds = boundsOf(conditions, n);
    if (bounds.first == bounds.end) return Sequence();
    return Sequence::listed(tree_.subtree(ObjectIndex{bounds.first}));
  }
  std::vector<std::uint32_t> found;
  const auto add = [&](ObjectIndex o) { found.push_back(raw(o)); };
  if (access->match == Match::IsNull) {
    tree_.forEachTop(add);
    for (const std::uint32_t o : tree_.preorder().subspan(tree_.reachableCount())) {
      found.push_back(o);
    }
  } else {
    const Bounds bounds = boundsOf(conditions, n);
    if (bounds.first != bounds.end) tree_.forEachChild(ObjectIndex{bounds.first}, add);
  }
  return Sequence::owned(std::move(found));
}

Cell DominatorTable::cell(std::uint32_t row, int column) const {
  const ObjectIndex o{row};
  switch (column) {
    case kId: return objectCell(o);
    case kDominator: return objectCell(tree_.idom(o));
    case kRetained: return numberCell(tree_.retained(o));
    case kCount: return numberCell(tree_.subtreeCount(o));
    case kType: return graph_.typeName(o);
    case kKind: return kinds_.name(kinds_.of(o));
    case kSize: return numberCell(graph_.size(o));
    default: return {};
  }
}

}  // namespace

TableDefinition dominatorsTable() { return define<DominatorTable>(); }

}  // namespace whyalive::sql
