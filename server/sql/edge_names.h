// EdgeNames: the references of a name without a look at all: attributes and slots through the
// shapes that have them, keys of dicts through the strings that spell them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "server/sql/indexes.h"
#include "server/sql/table.h"

namespace whyalive::sql {

class EdgeNames {
 public:
  EdgeNames(Indexes& indexes, QueryRun& run) : indexes_(indexes), run_(run) {}

  // Rows that a condition on the name will visit.
  double estimate(const Condition& condition) const;
  // Positions of the edges, rising; nullopt for a name that positions and numbers bear, too: look
  // at all.
  Result<std::optional<std::vector<std::uint32_t>>> edges(std::string_view name) const;

 private:
  Result<void> addFixed(std::string_view name, std::vector<std::uint32_t>& edges) const;
  Result<void> addItems(std::string_view name, std::vector<std::uint32_t>& edges) const;

  Indexes& indexes_;
  QueryRun& run_;
};

}  // namespace whyalive::sql
