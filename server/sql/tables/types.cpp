// types and kinds: what objects are, one row a type or kind, with their sums.
#include "server/heap/statistics_index.h"
#include "server/sql/listed_table.h"
#include "server/sql/tables/tables.h"

namespace whyalive::sql {
namespace {

using enum ColumnType;
using heap::KindIndex;
using heap::TypeFlag;

enum : int {
  kObject,
  kName,
  kModule,
  kQualname,
  kBase,
  kCount,
  kSize,
  kRetained,
  kHeapType,
  kPythonClass,
  kHasDel,
};

constexpr Column kTypeColumns[] = {
    {"object", Object, "the type itself"},
    {"name", Text, "as in objects.type: xmpp.protocol.Iq"},
    {"module", Text, "module that defines it"},
    {"qualname", Text, "name within the module"},
    {"base", Text, "name of its first base"},
    {"count", Integer, "instances of exactly this type"},
    {"size", Bytes, "their sizes together"},
    {"retained", Bytes, "freed at least if all of them went"},
    {"heap_type", Flag, "1: made at run time"},
    {"python_class", Flag, "1: made by a class statement"},
    {"has_del", Flag, "1: defines __del__"},
};
constexpr Access kTypeAccesses[] = {
    {kObject, Match::Equal}, {kName, Match::Equal}, {kModule, Match::Equal}};

class Types : public ListedTable {
 public:
  Types(Indexes& indexes, QueryRun&) : indexes_(indexes), graph_(indexes.graph()) {}

  static constexpr TableInfo kInfo{"types", "every type that the heap knows", kTypeColumns};
  TableInfo info() const override { return kInfo; }
  std::span<const Access> accesses() const override { return kTypeAccesses; }
  Result<std::uint32_t> length() const override { return graph_.typeCount(); }

  Cell cell(std::uint32_t row, int column) const override {
    const TypeIndex t{row};
    const heap::TypeRecord& type = graph_.typeInfo(t);
    switch (column) {
      case kObject: return objectCell(type.object);
      case kName: return graph_.typeName(t);
      case kModule: return textCell(graph_.name(type.module));
      case kQualname:
        return textCell(graph_.name(type.qualname == kNoName ? type.tpName : type.qualname));
      case kBase: return type.base == kNoType ? Cell() : Cell(graph_.typeName(type.base));
      case kHeapType: return flagCell(type.has(TypeFlag::Heap));
      case kPythonClass: return flagCell(type.has(TypeFlag::PythonClass));
      case kHasDel: return flagCell(type.has(TypeFlag::HasDel));
      default: return sum(row, column);
    }
  }

 private:
  Cell sum(std::uint32_t row, int column) const {
    const auto& sums = indexes_.analysis().statistics().instances(TypeIndex{row});
    return numberCell(column == kCount ? sums.count : column == kSize ? sums.size : sums.retained);
  }

  Indexes& indexes_;
  const heap::HeapGraph& graph_;
};

enum : int { kKindName, kKindType, kKindOwner, kKindCount, kKindSize, kKindRetained };

constexpr Column kKindColumns[] = {
    {"name", Text, "as in objects.kind: dict of xmpp.simplexml.Node"},
    {"type", Text, "type of the objects"},
    {"owner", Text, "type whose namespaces these dicts are; else NULL"},
    {"count", Integer, "objects of this kind"},
    {"size", Bytes, "their sizes together"},
    {"retained", Bytes, "freed at least if all of them went"},
};
constexpr Access kKindAccesses[] = {
    {kKindName, Match::Equal}, {kKindType, Match::Equal}, {kKindOwner, Match::Equal}};

class KindsTable : public ListedTable {
 public:
  KindsTable(Indexes& indexes, QueryRun&) : indexes_(indexes) {}

  static constexpr TableInfo kInfo{"kinds", "kinds of objects, as the heap table shows",
                                   kKindColumns};
  TableInfo info() const override { return kInfo; }
  std::span<const Access> accesses() const override { return kKindAccesses; }
  Result<std::uint32_t> length() const override { return kinds().count(); }

  Cell cell(std::uint32_t row, int column) const override {
    const KindIndex k{row};
    const heap::HeapGraph& graph = indexes_.graph();
    switch (column) {
      case kKindName: return kinds().name(k);
      case kKindType: return graph.typeName(kinds().type(k));
      case kKindOwner: {
        const TypeIndex owner = kinds().ownerType(k);
        return owner == kNoType ? Cell() : Cell(graph.typeName(owner));
      }
      default: break;
    }
    const auto& sums = indexes_.analysis().statistics().ofKind(k);
    return numberCell(column == kKindCount  ? sums.count
                      : column == kKindSize ? sums.size
                                            : sums.retained);
  }

 private:
  const heap::Kinds& kinds() const { return indexes_.analysis().kinds(); }
  Indexes& indexes_;
};

}  // namespace

TableDefinition typesTable() { return define<Types>(); }

TableDefinition kindsTable() { return define<KindsTable>(); }

}  // namespace whyalive::sql
