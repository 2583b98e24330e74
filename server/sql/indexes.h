// Indexes: what makes the tables' accesses fast. Each is built when a query first needs it and kept
// with the session. Building asks the query's control and gives up with its error.
//
//   by kind        objects sorted by kind; a type is a few kinds: it serves both   4 B an object
//   largest first  objects by size, by native memory, by retained size             4 B an object
//   strings        ids of all str, and the same sorted by text                     8 B a string
//   hub edges      edges of one object of many references, sorted by target        4 B an edge
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "protocol/base/result.h"
#include "server/heap/analysis.h"
#include "server/heap/column.h"
#include "server/heap/suspect.h"
#include "server/sql/query_run.h"
#include "server/sql/table.h"
#include "server/sql/text_order.h"

namespace whyalive::sql {

// A condition on a name, for choosing among the few hundred types and kinds.
enum class NameTest { Equal, Like, Glob };
bool matches(NameTest test, std::string_view pattern, std::string_view name);

// What objects are asked for by, and told in the order of.
enum class Measure : std::uint8_t { Size, Native, Retained };

class ValueOrder;

class Indexes {
 public:
  Indexes(std::shared_ptr<const heap::Analysis> analysis, QueryRun& run,
          std::optional<std::vector<heap::Suspect>> suspects = {});

  const heap::Analysis& analysis() const { return *analysis_; }
  const heap::HeapGraph& graph() const { return graph_; }

  // Objects of a kind, ids rising.
  Result<std::span<const std::uint32_t>> ofKind(heap::KindIndex kind);
  Result<std::uint32_t> countOfKind(heap::KindIndex kind);
  // All kinds by name; all kinds by the name of their type, then their own; those of one type.
  std::span<const heap::KindIndex> kindsByName() const { return kindsByName_; }
  std::span<const heap::KindIndex> kindsByTypeName() const { return kindsByTypeName_; }
  std::vector<heap::KindIndex> kindsOfTypes(NameTest test, std::string_view pattern) const;
  std::vector<heap::KindIndex> kindsNamed(NameTest test, std::string_view pattern) const;
  std::vector<heap::KindIndex> kindsOfModule(std::string_view module) const;
  std::vector<heap::KindIndex> kindsOfInstances(std::string_view baseTypeName) const;

  Bytes measured(Measure measure, ObjectIndex o) const {
    return measure == Measure::Size     ? graph_.size(o)
           : measure == Measure::Native ? graph_.nativeSize(o)
                                        : analysis_->dominators().retained(o);
  }
  // All objects, those with most first.
  Result<std::shared_ptr<ValueOrder>> largestFirst(Measure measure);
  // How many lie between, guessed as long as nobody has looked.
  double countWithin(Measure measure, std::span<const Condition> conditions) const;

  Result<std::span<const std::uint32_t>> strings();
  Result<std::span<const std::uint32_t>> stringsByText();
  // The same with what repeats. Valid as long as the session.
  Result<const TextOrder*> textOrder();
  // All str of this text.
  Result<std::span<const std::uint32_t>> stringsSpelling(std::string_view text);

  // Number of the edges (positions in snapshot().edges) from source to target, appended.
  void edgesBetween(ObjectIndex source, ObjectIndex target, std::vector<std::uint32_t>& edges);
  std::vector<std::uint32_t> edgesTo(ObjectIndex target);

  // Those given, else found in this snapshot alone.
  Result<std::span<const heap::Suspect>> suspects();

 private:
  Result<void> countByKind();
  Result<void> sortByKind();
  void nameKinds();
  std::span<const std::uint32_t> hubEdges(ObjectIndex source);

  std::shared_ptr<const heap::Analysis> analysis_;
  const heap::HeapGraph& graph_;
  QueryRun& run_;

  std::vector<std::uint32_t> kindStart_;
  std::optional<heap::Column<std::uint32_t>> byKind_;
  std::array<std::shared_ptr<ValueOrder>, 3> largestFirst_;  // by measure
  std::vector<heap::KindIndex> kindsByName_, kindsByTypeName_;
  std::optional<std::vector<std::uint32_t>> strings_;
  std::optional<TextOrder> textOrder_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> hubEdges_;
  std::optional<std::vector<heap::Suspect>> suspects_;
};

}  // namespace whyalive::sql
