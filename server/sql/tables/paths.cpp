// paths: the shortest named path to each object, one row a step.
#include "server/heap/expression.h"
#include "server/sql/tables/tables.h"

namespace whyalive::sql {
namespace {

using enum ColumnType;

enum : int { kId, kStep, kKind, kName, kType, kObject };

constexpr Column kColumns[] = {
    {"id", Object, "the object that the path leads to"},
    {"step", Integer, "0 = at the root"},
    {"kind", Text, "module, global, attribute, key, index, closure, local …"},
    {"name", Text, "of the module, attribute, key, variable …"},
    {"type", Text, "type of what the step arrives at"},
    {"object", Object, "what the step arrives at"},
};

constexpr Access kAccesses[] = {{kId, Match::Equal}, {kId, Match::Range}};

class PathRows : public Rows {
 public:
  PathRows(const heap::Analysis& analysis, QueryRun& run, Bounds bounds)
      : analysis_(analysis), run_(run), object_(bounds.first), end_(bounds.end) {
    load();
  }

  bool atEnd() const override { return object_ == end_; }
  void next() override {
    if (++step_ < steps_.size()) return;
    ++object_;
    load();
  }
  std::int64_t number() const override {
    return static_cast<std::int64_t>(object_) << 24 | static_cast<std::int64_t>(step_ & 0xFFFFFF);
  }
  Cell cell(int column) const override {
    const heap::Step& step = steps_[step_];
    switch (column) {
      case kId: return numberCell(object_);
      case kStep: return numberCell(step_);
      case kKind: return heap::toString(step.kind);
      case kName: return step.name.empty() ? Cell() : Cell(step.name);
      case kType: return step.type.empty() ? Cell() : Cell(step.type);
      case kObject: return objectCell(step.object);
      default: return {};
    }
  }

 private:
  // The first object from object_ on that has a path.
  void load() {
    step_ = 0;
    for (; object_ < end_; ++object_) {
      if (!analysis_.paths().reached(ObjectIndex{object_})) {
        if (object_ % 4096 == 0 && !run_.keepGoing()) break;
        continue;
      }
      steps_ = heap::stepsTo(analysis_, ObjectIndex{object_});
      if (!steps_.empty()) return;
    }
    object_ = end_;
  }

  const heap::Analysis& analysis_;
  QueryRun& run_;
  std::uint32_t object_, end_;
  std::vector<heap::Step> steps_;
  std::size_t step_ = 0;
};

class PathTable : public Table {
 public:
  PathTable(Indexes& indexes, QueryRun& run) : analysis_(indexes.analysis()), run_(run) {}

  static constexpr TableInfo kInfo{"paths", "the shortest named path to each object, step by step",
                                   kColumns};
  TableInfo info() const override { return kInfo; }
  std::span<const Access> accesses() const override { return kAccesses; }
  double rowCount() const override { return analysis_.graph().objectCount() * 6.0; }
  Result<double> estimate(const Access& access,
                          std::span<const Condition> conditions) const override {
    if (access.match == Match::Equal) return 6;
    if (!conditions[0].known) return rowCount() / 4;
    const Bounds bounds = boundsOf(conditions, analysis_.graph().objectCount());
    return (bounds.end - bounds.first) * 6.0;
  }
  bool ordered(const Access*, std::span<const Condition>, Order order) const override {
    return order.column == kId && !order.descending;
  }
  Result<std::unique_ptr<Rows>> rows(const Access* access, std::span<const Condition> conditions,
                                     Order) const override {
    const std::uint32_t n = analysis_.graph().objectCount();
    const Bounds bounds = access == nullptr ? Bounds{0, n} : boundsOf(conditions, n);
    return std::make_unique<PathRows>(analysis_, run_, bounds);
  }

 private:
  const heap::Analysis& analysis_;
  QueryRun& run_;
};

}  // namespace

TableDefinition pathsTable() { return define<PathTable>(); }

}  // namespace whyalive::sql
