#include "server/sql/schema.h"

#include "server/sql/functions.h"
#include "server/sql/tables/tables.h"

namespace whyalive::sql {

std::string_view toString(ColumnType type) {
  switch (type) {
    case ColumnType::Any: return "any";
    case ColumnType::Object: return "object";
    case ColumnType::Integer: return "integer";
    case ColumnType::Bytes: return "bytes";
    case ColumnType::Address: return "address";
    case ColumnType::Flag: return "flag";
    case ColumnType::Text: return "text";
  }
  return "any";
}

std::vector<TableDefinition> tableDefinitions() {
  return {objectsTable(),    refsTable(),     typesTable(),  kindsTable(),      stringsTable(),
          duplicatesTable(), framesTable(),   localsTable(), dominatorsTable(), heldTable(),
          pathsTable(),      suspectsTable(), rootsTable(),  modulesTable()};
}

std::vector<TableInfo> tables() {
  std::vector<TableInfo> all;
  for (const TableDefinition& definition : tableDefinitions()) all.push_back(definition.info);
  return all;
}

}  // namespace whyalive::sql
