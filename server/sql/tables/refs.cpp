// refs: every reference, one row each; the row's number is the position of the edge. References
// from one object lie together; those to one object are found through its referrers.
#include <algorithm>

#include "server/sql/edge_names.h"
#include "server/sql/kind_access.h"
#include "server/sql/object_facts.h"
#include "server/sql/tables/tables.h"

namespace whyalive::sql {
namespace {

using enum ColumnType;
using heap::Label;
using heap::LabelKind;

enum : int { kSource, kTarget, kKind, kName, kKey, kPosition, kReferrer, kReferent };

constexpr Column kColumns[] = {
    {"source", Object, "who refers"},
    {"target", Object, "who is referred to"},
    {"kind", Text, "attribute, slot, namespace, key, value, index, member, cell, local …"},
    {"name", Text, "attribute, variable, dict key (repr unless a str) or position; else NULL"},
    {"key", Object, "the key of a dict's value"},
    {"position", Integer, "place in the list, tuple or dict"},
    {"referrer", Object, "the same as source", true},
    {"referent", Object, "the same as target", true},
};

constexpr Access kAccesses[] = {
    {kSource, Match::Equal},   {kSource, Match::Range},      {kTarget, Match::Equal},
    {kReferrer, Match::Equal}, {kReferrer, Match::Range},    {kReferent, Match::Equal},
    {kName, Match::Equal},     {kSource, Match::InstanceOf}, {kReferrer, Match::InstanceOf},
};

class Refs : public SequenceTable {
 public:
  Refs(Indexes& indexes, QueryRun& run)
      : indexes_(indexes),
        run_(run),
        names_(indexes, run),
        graph_(indexes.graph()),
        edges_(graph_.snapshot().edges),
        start_(graph_.snapshot().edgeStart) {}

  static constexpr TableInfo kInfo{"refs", "every reference between objects", kColumns};
  TableInfo info() const override { return kInfo; }
  std::span<const Access> accesses() const override { return kAccesses; }
  double rowCount() const override { return static_cast<double>(edges_.size()); }
  Result<double> estimate(const Access& access,
                          std::span<const Condition> conditions) const override;
  bool ordered(const Access* access, std::span<const Condition>, Order order) const override {
    return (order.column == kSource || order.column == kReferrer) &&
           (access == nullptr || (isSource(*access) && access->match != Match::InstanceOf));
  }
  Result<Sequence> select(const Access* access, std::span<const Condition> conditions,
                          int orderColumn) const override;
  Cell cell(std::uint32_t row, int column) const override;
  bool isRow(std::uint32_t edge) const override {
    if (edges_[edge] == snapshot::kNullEdge) return false;
    const ObjectIndex source = sourceOf(edge);
    // A key that a split dict shares with its class is no reference.
    return graph_.shape(source).tail != heap::Tail::SplitPairs ||
           graph_.label(source, edge - start_[raw(source)]).kind != LabelKind::BorrowedKey;
  }

 private:
  static bool isSource(const Access& access) {
    return access.column == kSource || access.column == kReferrer;
  }
  ObjectIndex sourceOf(std::uint32_t edge) const;

  std::vector<heap::KindIndex> kindsOfSource(const Condition& condition) const {
    return kindsFor(indexes_, run_, KindColumn::Type, condition);
  }
  Result<Sequence> fromInstances(const Condition& condition) const;

  Indexes& indexes_;
  QueryRun& run_;
  EdgeNames names_;
  const heap::HeapGraph& graph_;
  const std::span<const std::uint32_t> edges_;
  const heap::Column<std::uint32_t>& start_;
  mutable std::uint32_t lastSource_ = 0;  // rows come in order: nearly always the same or the next
};

ObjectIndex Refs::sourceOf(std::uint32_t edge) const {
  if (edge < start_[lastSource_] || edge >= start_[lastSource_ + 1]) {
    const bool isNext = lastSource_ + 2 < start_.size() && edge >= start_[lastSource_ + 1] &&
                        edge < start_[lastSource_ + 2];
    lastSource_ =
        isNext
            ? lastSource_ + 1
            : static_cast<std::uint32_t>(std::ranges::upper_bound(start_, edge) - start_.begin()) -
                  1;
  }
  return ObjectIndex{lastSource_};
}

Result<double> Refs::estimate(const Access& access, std::span<const Condition> conditions) const {
  const double average = rowCount() / std::max(1u, graph_.objectCount());
  if (access.column == kName) return names_.estimate(conditions[0]);
  if (access.match == Match::InstanceOf) {
    if (!conditions[0].known) return rowCount() / 20;
    const Result<double> sources = countOf(indexes_, kindsOfSource(conditions[0]));
    return sources ? Result<double>(*sources * (average + 1)) : sources;
  }
  if (!conditions[0].known) return access.match == Match::Range ? rowCount() / 4 : average + 1;
  const Bounds bounds = boundsOf(conditions, graph_.objectCount());
  if (isSource(access)) return start_[bounds.end] - start_[bounds.first];
  if (bounds.first == bounds.end) return 0;
  return static_cast<double>(graph_.rawReferrers(ObjectIndex{bounds.first}).size());
}

Result<Sequence> Refs::select(const Access* access, std::span<const Condition> conditions,
                              int) const {
  if (access == nullptr) return Sequence::range(0, static_cast<std::uint32_t>(edges_.size()));
  if (access->column == kName) {
    auto found = names_.edges(textOf(conditions[0].value));
    if (!found) return std::unexpected(std::move(found.error()));
    if (!*found) return Sequence::range(0, static_cast<std::uint32_t>(edges_.size()));
    return Sequence::owned(*std::move(*found));
  }
  if (access->match == Match::InstanceOf) return fromInstances(conditions[0]);
  const Bounds bounds = boundsOf(conditions, graph_.objectCount());
  if (isSource(*access)) {
    return Sequence::range(start_[bounds.first], start_[bounds.end] - start_[bounds.first]);
  }
  if (bounds.first == bounds.end) return Sequence();
  return Sequence::owned(indexes_.edgesTo(ObjectIndex{bounds.first}));
}

Result<Sequence> Refs::fromInstances(const Condition& condition) const {
  std::vector<std::uint32_t> found;
  for (const heap::KindIndex k : kindsOfSource(condition)) {
    const auto members = indexes_.ofKind(k);
    if (!members) return std::unexpected(members.error());
    for (const std::uint32_t o : *members) {
      for (std::uint32_t edge = start_[o]; edge < start_[o + 1]; ++edge) found.push_back(edge);
    }
  }
  return Sequence::owned(std::move(found));
}

Cell Refs::cell(std::uint32_t row, int column) const {
  const ObjectIndex source = sourceOf(row);
  switch (column) {
    case kSource:
    case kReferrer: return objectCell(source);
    case kTarget:
    case kReferent: return objectCell(ObjectIndex{edges_[row]});
    default: break;
  }
  const Label label = graph_.label(source, row - start_[raw(source)]);
  const bool hasKey = label.keyObject != kNoObject;
  switch (column) {
    case kKind: return kindName(label.kind);
    case kName: {
      std::string name = labelName(graph_, label);
      return name.empty() && !hasKey ? Cell() : Cell(std::move(name));
    }
    case kKey: return objectCell(label.keyObject);
    case kPosition:
      return hasKey || label.kind == LabelKind::Index ? numberCell(label.position) : Cell();
    default: return {};
  }
}

}  // namespace

TableDefinition refsTable() { return define<Refs>(); }

}  // namespace whyalive::sql
