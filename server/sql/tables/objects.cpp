// objects: every object of the heap, one row each; the row's number is the object's id.
#include "server/sql/kind_access.h"
#include "server/sql/object_facts.h"
#include "server/sql/tables/tables.h"
#include "server/sql/value_order.h"

namespace whyalive::sql {
namespace {

using enum ColumnType;

enum : int {
  kId,
  kAddress,
  kType,
  kKind,
  kModule,
  kSize,
  kNative,
  kRetained,
  kRefcount,
  kLength,
  kValue,
  kRepr,
  kReferrers,
  kReferents,
  kTracked,
  kReachable,
};

constexpr Column kColumns[] = {
    {"id", Object, "dense number of the object in this snapshot"},
    {"address", Address, "where it is in the process, as id() says in Python"},
    {"type", Text, "qualified name of its type; builtins bare: dict"},
    {"kind", Text, "its type, or dict of TYPE for a namespace, or dict (no owner)"},
    {"module", Text, "module that defines its type"},
    {"size", Bytes, "what sys.getsizeof says"},
    {"native", Bytes, "memory beyond that in buffers of its own"},
    {"retained", Bytes, "what would be freed if it went"},
    {"refcount", Integer, "reference count; NULL for an immortal object"},
    {"length", Integer,
     "entries of a container, code points of a str, bytes of a bytes; else NULL"},
    {"value", Any, "the value of a str, int, float, bool or bytes; else NULL"},
    {"repr", Text, "as Python would show it, cut to 60 bytes"},
    {"referrers", Integer, "references to it"},
    {"referents", Integer, "references that it holds"},
    {"tracked", Flag, "1: the garbage collector knows it"},
    {"reachable", Flag, "0: garbage that waits for the collector"},
};

constexpr Access kAccesses[] = {
    {kId, Match::Range},        {kId, Match::Equal},     {kAddress, Match::Equal},
    {kType, Match::Equal},      {kType, Match::Pattern}, {kKind, Match::Equal},
    {kKind, Match::Pattern},    {kModule, Match::Equal}, {kId, Match::InstanceOf},
    {kReachable, Match::Equal}, {kSize, Match::Range},   {kNative, Match::Range},
    {kRetained, Match::Range},
};

std::optional<Measure> measureOf(int column) {
  switch (column) {
    case kSize: return Measure::Size;
    case kNative: return Measure::Native;
    case kRetained: return Measure::Retained;
    default: return std::nullopt;
  }
}

class Objects : public SequenceTable {
 public:
  Objects(Indexes& indexes, QueryRun& run) : indexes_(indexes), run_(run), facts_(indexes) {}

  static constexpr TableInfo kInfo{"objects", "every object of the heap", kColumns};
  TableInfo info() const override { return kInfo; }
  std::span<const Access> accesses() const override { return kAccesses; }
  double rowCount() const override { return indexes_.graph().objectCount(); }
  Result<double> estimate(const Access& access,
                          std::span<const Condition> conditions) const override;
  bool ordered(const Access* access, std::span<const Condition> conditions,
               Order order) const override;
  Result<Sequence> select(const Access* access, std::span<const Condition> conditions,
                          int orderColumn) const override;
  Result<std::unique_ptr<Rows>> rows(const Access* access, std::span<const Condition> conditions,
                                     Order order) const override;
  Cell cell(std::uint32_t row, int column) const override;

 private:
  static KindColumn kindColumn(const Access& access) {
    return access.column == kKind     ? KindColumn::Kind
           : access.column == kModule ? KindColumn::Module
                                      : KindColumn::Type;
  }
  static bool isByKind(const Access& access) {
    return access.column == kType || access.column == kKind || access.column == kModule ||
           access.match == Match::InstanceOf;
  }
  std::vector<heap::KindIndex> kinds(const Access& access, const Condition& condition) const {
    return kindsFor(indexes_, run_, kindColumn(access), condition);
  }
  std::span<const std::uint32_t> unreachable() const {
    const heap::Dominators& dominators = indexes_.analysis().dominators();
    return dominators.preorder().subspan(dominators.reachableCount());
  }

  Indexes& indexes_;
  QueryRun& run_;
  ObjectFacts facts_;
};

Result<double> Objects::estimate(const Access& access,
                                 std::span<const Condition> conditions) const {
  const bool known = conditions[0].known;
  switch (access.column) {
    case kId:
      if (access.match == Match::Range) {
        if (!known) return rowCount() / 4;
        const Bounds bounds = boundsOf(conditions, indexes_.graph().objectCount());
        return bounds.end - bounds.first;
      }
      if (access.match == Match::Equal) return 1;
      break;
    case kAddress: return 1;
    case kReachable:
      if (!known) return rowCount() / 2;
      return wholeNumber(conditions[0].value) == 0 ? static_cast<double>(unreachable().size())
                                                   : rowCount();
    default: break;
  }
  if (const auto measure = measureOf(access.column)) {
    return indexes_.countWithin(*measure, conditions);
  }
  if (!known) return rowCount() / 20;  // there are hundreds of types, a few of them large
  return countOf(indexes_, kinds(access, conditions[0]));
}

bool Objects::ordered(const Access* access, std::span<const Condition> conditions,
                      Order order) const {
  const int column = order.column;
  const bool isLargestFirst = measureOf(column) && order.descending;
  if (access == nullptr) {
    return column == kId || column == kType || column == kKind || isLargestFirst;
  }
  if (measureOf(access->column)) return column == access->column && order.descending;
  if (column == kId && access->match == Match::Range) return true;
  if (!isByKind(*access) || !conditions[0].known) return false;
  // Ids rise within a kind.
  return isLargestFirst || (column == kId && kinds(*access, conditions[0]).size() == 1);
}

Result<Sequence> Objects::select(const Access* access, std::span<const Condition> conditions,
                                 int orderColumn) const {
  const std::uint32_t n = indexes_.graph().objectCount();
  if (access == nullptr) {
    if (orderColumn == kType) return membersOf(indexes_, indexes_.kindsByTypeName());
    if (orderColumn == kKind) return membersOf(indexes_, indexes_.kindsByName());
    return Sequence::range(0, n);
  }
  if (access->column == kId && access->match != Match::InstanceOf) {
    const Bounds bounds = boundsOf(conditions, n);
    return Sequence::range(bounds.first, bounds.end - bounds.first);
  }
  const auto number = wholeNumber(conditions[0].value);
  if (access->column == kAddress) {
    const auto o =
        number ? indexes_.graph().objectAt(static_cast<std::uint64_t>(*number)) : std::nullopt;
    return o ? Sequence::range(raw(*o), 1) : Sequence();
  }
  if (access->column == kReachable) {
    return number == 0 ? Sequence::listed(unreachable()) : Sequence::range(0, n);
  }
  return membersOf(indexes_, kinds(*access, conditions[0]));
}

Result<std::unique_ptr<Rows>> Objects::rows(const Access* access,
                                            std::span<const Condition> conditions,
                                            Order order) const {
  const std::optional<Measure> bounded =
      access == nullptr ? std::nullopt : measureOf(access->column);
  const std::optional<Measure> measure = bounded ? bounded : measureOf(order.column);
  if (!measure) return SequenceTable::rows(access, conditions, order);
  if (access == nullptr || bounded) {
    auto all = indexes_.largestFirst(*measure);
    if (!all) return std::unexpected(all.error());
    const Bounds positions = (*all)->within(bounded ? measureBounds(conditions) : MeasureBounds());
    return largestFirst(*this, *std::move(all), positions);
  }
  auto members = select(access, conditions, -1);
  if (!members) return std::unexpected(members.error());
  auto some = ValueOrder::of(indexes_, run_, *measure, *members);
  if (!some) return std::unexpected(some.error());
  const Bounds positions{0, some->count()};
  return largestFirst(*this, std::make_shared<ValueOrder>(*std::move(some)), positions);
}

Cell Objects::cell(std::uint32_t row, int column) const {
  const ObjectIndex o{row};
  const heap::HeapGraph& graph = indexes_.graph();
  const heap::Analysis& analysis = indexes_.analysis();
  switch (column) {
    case kId: return objectCell(o);
    case kAddress: return numberCell(graph.address(o));
    case kType: return graph.typeName(o);
    case kKind: return analysis.kinds().name(analysis.kinds().of(o));
    case kModule: return textCell(graph.name(graph.typeInfo(graph.type(o)).module));
    case kSize: return numberCell(graph.size(o));
    case kNative: return numberCell(graph.nativeSize(o));
    case kRetained: return numberCell(analysis.dominators().retained(o));
    case kRefcount: return graph.refcount(o) == 0 ? Cell() : numberCell(graph.refcount(o));
    case kLength: return facts_.length(o);
    case kValue: return facts_.value(o);
    case kRepr: return graph.repr(o);
    case kReferrers: return numberCell(facts_.referrerCount(o));
    case kReferents: return numberCell(facts_.referentCount(o));
    case kTracked: return flagCell(graph.tracked(o));
    case kReachable: return flagCell(analysis.dominators().reachable(o));
    default: return {};
  }
}

}  // namespace

TableDefinition objectsTable() { return define<Objects>(); }

}  // namespace whyalive::sql
