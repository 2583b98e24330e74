// The definition of each virtual table; each (or a few that belong together) is a file of this
// folder.
#pragma once

#include <memory>
#include <vector>

#include "server/sql/indexes.h"
#include "server/sql/table.h"

namespace whyalive::sql {

struct TableDefinition {
  TableInfo info;
  std::unique_ptr<Table> (*make)(Indexes& indexes, QueryRun& run) = nullptr;
};

template <class T>
TableDefinition define() {
  return {T::kInfo, [](Indexes& indexes, QueryRun& run) -> std::unique_ptr<Table> {
            return std::make_unique<T>(indexes, run);
          }};
}

TableDefinition objectsTable();
TableDefinition refsTable();
TableDefinition typesTable();
TableDefinition kindsTable();
TableDefinition stringsTable();
TableDefinition duplicatesTable();
TableDefinition framesTable();
TableDefinition localsTable();
TableDefinition dominatorsTable();
TableDefinition heldTable();
TableDefinition pathsTable();
TableDefinition suspectsTable();
TableDefinition rootsTable();
TableDefinition modulesTable();

// The table behind overSums() (summary_query.h): known to the connection, but to nobody else.
TableDefinition objectSumsTable();

// All that people ask, in the order of docs/sql.md.
std::vector<TableDefinition> tableDefinitions();

}  // namespace whyalive::sql
