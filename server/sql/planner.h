// Planner: chooses the access that visits fewest rows (SQLite's xBestIndex), and carries the choice
// to the cursor through SQLite's idxNum and idxStr. EXPLAIN QUERY PLAN shows idxStr: "type=",
// "id>=<", "all".
#pragma once

#include <string_view>
#include <vector>

#include "protocol/base/result.h"
#include "server/sql/table.h"

struct sqlite3_index_info;

namespace whyalive::sql {

struct Plan {
  const Access* access = nullptr;  // nullptr: every row
  std::vector<Operator> operators;
  Order order;
  bool numeric = false;  // the access's column holds numbers
};

enum class Planned { Yes, NotThisOrder };  // a join that leaves a parameter unknown will not do

Result<Planned> plan(const Table& table, sqlite3_index_info* info);
Plan readPlan(const Table& table, int number, std::string_view text);

// "OBJECT INT", "TEXT" …: for CREATE TABLE; and back from sqlite3_column_decltype.
std::string_view declaredType(ColumnType type);
ColumnType typeDeclaredAs(const char* declared);

}  // namespace whyalive::sql
