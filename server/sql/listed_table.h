// ListedTable: a table of modest length, rows 0 … n−1, with look-ups by the columns that joins ask
// for. A look-up is built from the cells themselves when it is first needed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "server/sql/table.h"

namespace whyalive::sql {

class ListedTable : public SequenceTable {
 public:
  virtual Result<std::uint32_t> length() const = 0;

  double rowCount() const override { return length().value_or(100); }
  Result<double> estimate(const Access& access, std::span<const Condition> conditions) const final;
  bool ordered(const Access*, std::span<const Condition>, Order) const final { return false; }
  Result<Sequence> select(const Access* access, std::span<const Condition> conditions,
                          int orderColumn) const final;

 private:
  using Lookup = std::unordered_map<std::string, std::vector<std::uint32_t>>;
  Result<const Lookup*> lookup(int column) const;

  mutable std::map<int, Lookup> lookups_;
};

}  // namespace whyalive::sql
