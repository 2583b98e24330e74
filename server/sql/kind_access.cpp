#include "server/sql/kind_access.h"

#include <string>

#include "server/heap/nearest_name.h"

namespace whyalive::sql {
namespace {

std::vector<std::string_view> namesOf(const Indexes& indexes, KindColumn column) {
  const heap::Kinds& kinds = indexes.analysis().kinds();
  const heap::HeapGraph& graph = indexes.graph();
  std::vector<std::string_view> names;
  for (const heap::KindIndex k : indexes.kindsByTypeName()) {
    names.push_back(column == KindColumn::Kind ? kinds.name(k)
                    : column == KindColumn::Type
                        ? graph.typeName(kinds.type(k))
                        : graph.name(graph.typeInfo(kinds.type(k)).module));
  }
  return names;
}

void noteUnknown(const Indexes& indexes, QueryRun& run, KindColumn column, std::string_view name) {
  const std::string_view word = column == KindColumn::Kind   ? "kind"
                                : column == KindColumn::Type ? "type"
                                                             : "module";
  std::string text = "no object has the " + std::string(word) + " '" + std::string(name) + "'";
  const std::string_view near = heap::nearestName(name, namesOf(indexes, column));
  if (!near.empty()) text += "; did you mean '" + std::string(near) + "'?";
  run.note(std::move(text));
}

}  // namespace

std::vector<heap::KindIndex> kindsFor(const Indexes& indexes, QueryRun& run, KindColumn column,
                                      const Condition& condition) {
  if (isNull(condition.value)) return {};
  if (!isText(condition.value)) {  // SQLite knows how numbers compare with names
    return {indexes.kindsByTypeName().begin(), indexes.kindsByTypeName().end()};
  }
  const std::string_view name = textOf(condition.value);
  const NameTest test = condition.op == Operator::Like   ? NameTest::Like
                        : condition.op == Operator::Glob ? NameTest::Glob
                                                         : NameTest::Equal;
  std::vector<heap::KindIndex> found;
  if (condition.op == Operator::InstanceOf) {
    found = indexes.kindsOfInstances(name);
  } else if (column == KindColumn::Kind) {
    found = indexes.kindsNamed(test, name);
  } else if (column == KindColumn::Type) {
    found = indexes.kindsOfTypes(test, name);
  } else {
    found = indexes.kindsOfModule(name);
  }
  if (found.empty() && test == NameTest::Equal && !name.empty()) {
    noteUnknown(indexes, run, column, name);
  }
  return found;
}

Result<double> countOf(Indexes& indexes, std::span<const heap::KindIndex> kinds) {
  double count = 0;
  for (const heap::KindIndex k : kinds) {
    const auto members = indexes.countOfKind(k);
    if (!members) return std::unexpected(members.error());
    count += *members;
  }
  return count;
}

Result<Sequence> membersOf(Indexes& indexes, std::span<const heap::KindIndex> kinds) {
  Sequence sequence;
  for (const heap::KindIndex k : kinds) {
    auto members = indexes.ofKind(k);
    if (!members) return std::unexpected(members.error());
    sequence.append(*members);
  }
  return sequence;
}

}  // namespace whyalive::sql
