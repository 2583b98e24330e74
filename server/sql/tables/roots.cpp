// roots and modules: where paths begin.
#include "server/sql/listed_table.h"
#include "server/sql/tables/tables.h"

namespace whyalive::sql {
namespace {

using enum ColumnType;

std::string_view groupName(heap::RootGroup group) {
  switch (group) {
    case heap::RootGroup::Module: return "module";
    case heap::RootGroup::Frame: return "frame";
    case heap::RootGroup::Thread: return "thread";
    case heap::RootGroup::Interpreter: return "interpreter";
    case heap::RootGroup::Native: return "native";
  }
  return "native";
}

enum : int { kRootObject, kRootGroup, kRootName, kRootFrame };

constexpr Column kRootColumns[] = {
    {"object", Object, "what the root holds"},
    {"kind", Text, "module, frame, thread, interpreter or native (held from C)"},
    {"name", Text, "of the module, variable or field; NULL for native roots"},
    {"frame", Integer, "the frame of a local variable, as in frames.frame"},
};
constexpr Access kRootAccesses[] = {{kRootObject, Match::Equal}, {kRootName, Match::Equal}};

class RootTable : public ListedTable {
 public:
  RootTable(Indexes& indexes, QueryRun&) : roots_(indexes.analysis().roots().all()) {}

  static constexpr TableInfo kInfo{"roots", "from where objects are reached", kRootColumns};
  TableInfo info() const override { return kInfo; }
  std::span<const Access> accesses() const override { return kRootAccesses; }
  Result<std::uint32_t> length() const override {
    return static_cast<std::uint32_t>(roots_.size());
  }
  Cell cell(std::uint32_t row, int column) const override {
    const heap::Root& root = roots_[row];
    switch (column) {
      case kRootObject: return objectCell(root.object);
      case kRootGroup: return groupName(root.group);
      case kRootName: return textCell(root.name);
      case kRootFrame: return root.frame == kNoIndex ? Cell() : numberCell(root.frame);
      default: return {};
    }
  }

 private:
  std::span<const heap::Root> roots_;
};

enum : int { kModuleObject, kModuleName, kModuleFile, kModuleNamespace };

constexpr Column kModuleColumns[] = {
    {"object", Object, "the module"},
    {"name", Text, "its name"},
    {"file", Text, "where it was loaded from"},
    {"namespace", Object, "the dict of its globals"},
};
constexpr Access kModuleAccesses[] = {
    {kModuleObject, Match::Equal}, {kModuleName, Match::Equal}, {kModuleNamespace, Match::Equal}};

class ModuleTable : public ListedTable {
 public:
  ModuleTable(Indexes& indexes, QueryRun&) : graph_(indexes.graph()) {}

  static constexpr TableInfo kInfo{"modules", "modules that are loaded", kModuleColumns};
  TableInfo info() const override { return kInfo; }
  std::span<const Access> accesses() const override { return kModuleAccesses; }
  Result<std::uint32_t> length() const override {
    return static_cast<std::uint32_t>(graph_.snapshot().modules.size());
  }
  Cell cell(std::uint32_t row, int column) const override {
    const heap::ModuleRecord& module = graph_.snapshot().modules[row];
    switch (column) {
      case kModuleObject: return objectCell(module.object);
      case kModuleName: return textCell(graph_.name(module.name));
      case kModuleFile: return textCell(graph_.name(module.file));
      case kModuleNamespace: return objectCell(module.dict);
      default: return {};
    }
  }

 private:
  const heap::HeapGraph& graph_;
};

}  // namespace

TableDefinition rootsTable() { return define<RootTable>(); }
TableDefinition modulesTable() { return define<ModuleTable>(); }

}  // namespace whyalive::sql
