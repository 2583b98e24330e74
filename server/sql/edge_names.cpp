#include "server/sql/edge_names.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <set>
#include <string>

#include "server/heap/stoppable_sort.h"
#include "server/sql/object_facts.h"

namespace whyalive::sql {

using heap::HeapGraph;
using heap::LabelKind;

namespace {

// Only a str spells such a name: no position, no number, no repr of another key.
bool isPlainName(std::string_view name) {
  constexpr std::string_view kValues[] = {"True", "False", "None", "nan", "inf"};
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0) return false;
  const auto isWord = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  return std::ranges::all_of(name, isWord) && std::ranges::find(kValues, name) == std::end(kValues);
}

constexpr std::size_t kCheckEvery = 1u << 17;  // objects between two looks at the control
constexpr double kRowsOfAName = 1000;          // a guess: finding out costs as much as answering

}  // namespace

double EdgeNames::estimate(const Condition& condition) const {
  if (condition.known && isText(condition.value) && isPlainName(textOf(condition.value))) {
    return kRowsOfAName;
  }
  const auto all = static_cast<double>(indexes_.graph().edgeCount());
  return condition.known ? all : std::min(all, kRowsOfAName);
}

Result<std::optional<std::vector<std::uint32_t>>> EdgeNames::edges(std::string_view name) const {
  if (!isPlainName(name)) return std::nullopt;
  std::vector<std::uint32_t> found;
  if (auto done = addFixed(name, found); !done) return std::unexpected(done.error());
  if (auto done = addItems(name, found); !done) return std::unexpected(done.error());
  if (!heap::sortStoppably(found, std::less{}, run_.control(), "sorting references")) {
    return std::unexpected(run_.stopError());
  }
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

// Attributes, slots and the like: a shape has them for all its objects, and is of one kind.
Result<void> EdgeNames::addFixed(std::string_view name, std::vector<std::uint32_t>& edges) const {
  const HeapGraph& graph = indexes_.graph();
  const heap::Snapshot& s = graph.snapshot();
  const heap::Kinds& kinds = indexes_.analysis().kinds();
  std::vector<std::vector<std::uint32_t>> placesOf(s.shapes.size());
  std::set<TypeIndex> types;
  std::size_t done = 0;
  for (std::size_t shape = 0; shape < s.shapes.size(); ++shape) {
    for (std::uint32_t i = 0; i < s.shapes[shape].labels.size(); ++i) {
      const heap::EdgeLabel& label = s.shapes[shape].labels[i];
      if (labelName(graph, {label.kind, s.name(label.name), kNoObject, i}) != name) continue;
      placesOf[shape].push_back(i);
      types.insert(s.shapes[shape].type);
    }
  }
  for (std::uint32_t k = 0; k < kinds.count(); ++k) {
    if (!types.contains(kinds.type(heap::KindIndex{k}))) continue;
    const auto objects = indexes_.ofKind(heap::KindIndex{k});
    if (!objects) return std::unexpected(objects.error());
    for (const std::uint32_t o : *objects) {
      if (done++ % kCheckEvery == 0 && !run_.keepGoing()) {
        return std::unexpected(run_.stopError());
      }
      for (const std::uint32_t i : placesOf[s.shape[o]]) edges.push_back(s.edgeStart[o] + i);
    }
  }
  return {};
}

// A dict lists the key before its value; both bear the key's name.
Result<void> EdgeNames::addItems(std::string_view name, std::vector<std::uint32_t>& edges) const {
  const HeapGraph& graph = indexes_.graph();
  const heap::Snapshot& s = graph.snapshot();
  const auto strings = indexes_.stringsSpelling(name);
  if (!strings) return std::unexpected(strings.error());
  for (const std::uint32_t key : *strings) {
    for (const std::uint32_t edge : indexes_.edgesTo(ObjectIndex{key})) {
      const auto source = static_cast<std::uint32_t>(std::ranges::upper_bound(s.edgeStart, edge) -
                                                     s.edgeStart.begin()) -
                          1;
      const LabelKind kind = graph.label(ObjectIndex{source}, edge - s.edgeStart[source]).kind;
      if (kind != LabelKind::DictKey && kind != LabelKind::BorrowedKey) continue;
      edges.push_back(edge);
      edges.push_back(edge + 1);
    }
  }
  return {};
}

}  // namespace whyalive::sql
