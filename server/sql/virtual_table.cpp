#include "server/sql/virtual_table.h"

#include <sqlite3.h>

#include <optional>
#include <string>

#include "server/sql/functions.h"
#include "server/sql/planner.h"

namespace whyalive::sql {
namespace {

struct VirtualTable : sqlite3_vtab {
  TableModule* module;
};

// A join filters again for each row of the other side, with the same plan.
struct Cursor : sqlite3_vtab_cursor {
  std::unique_ptr<Rows> rows;
  std::optional<Plan> plan;
  std::vector<Condition> conditions;
};

TableModule& moduleOf(sqlite3_vtab* table) { return *static_cast<VirtualTable*>(table)->module; }

// The declared type tells SQLite the affinity (INT, TEXT, none) and the session our own type.
std::string declaration(const TableInfo& info) {
  std::string sql = "CREATE TABLE x(";
  for (const Column& column : info.columns) {
    if (!sql.ends_with('(')) sql += ", ";
    sql += '"' + std::string(column.name) + "\" " + std::string(declaredType(column.type));
    if (column.hidden) sql += " HIDDEN";
  }
  return sql + ")";
}

int connect(sqlite3* db, void* aux, int, const char* const*, sqlite3_vtab** out, char**) {
  auto* module = static_cast<TableModule*>(aux);
  if (const int rc = sqlite3_declare_vtab(db, declaration(module->table->info()).c_str());
      rc != SQLITE_OK) {
    return rc;
  }
  sqlite3_vtab_config(db, SQLITE_VTAB_INNOCUOUS);
  auto table = std::make_unique<VirtualTable>();
  static_cast<sqlite3_vtab&>(*table) = {};
  table->module = module;
  *out = table.release();
  return SQLITE_OK;
}

int disconnect(sqlite3_vtab* table) {
  delete static_cast<VirtualTable*>(table);
  return SQLITE_OK;
}

int open(sqlite3_vtab*, sqlite3_vtab_cursor** out) {
  auto cursor = std::make_unique<Cursor>();
  static_cast<sqlite3_vtab_cursor&>(*cursor) = {};
  *out = cursor.release();
  return SQLITE_OK;
}

int close(sqlite3_vtab_cursor* cursor) {
  delete static_cast<Cursor*>(cursor);
  return SQLITE_OK;
}

// The error reaches the caller through the run; SQLite only needs to know that it is over.
int stopWith(QueryRun& run, Error error) {
  run.stop(std::move(error));
  return SQLITE_INTERRUPT;
}

int bestIndex(sqlite3_vtab* table, sqlite3_index_info* info) {
  TableModule& module = moduleOf(table);
  const auto planned = plan(*module.table, info);
  if (!planned) return stopWith(*module.run, planned.error());
  return *planned == Planned::Yes ? SQLITE_OK : SQLITE_CONSTRAINT;
}

int filter(sqlite3_vtab_cursor* base, int number, const char* text, int argc,
           sqlite3_value** argv) {
  auto* cursor = static_cast<Cursor*>(base);
  TableModule& module = moduleOf(base->pVtab);
  if (!cursor->plan) cursor->plan = readPlan(*module.table, number, text);
  const Plan& chosen = *cursor->plan;
  cursor->conditions.clear();
  for (int i = 0; i < argc; ++i) {
    if (chosen.numeric) sqlite3_value_numeric_type(argv[i]);
    cursor->conditions.push_back(
        {chosen.operators[static_cast<std::size_t>(i)], true, cellOf(argv[i])});
  }
  auto rows = module.table->rows(chosen.access, cursor->conditions, chosen.order);
  if (!rows) return stopWith(*module.run, rows.error());
  cursor->rows = *std::move(rows);
  if (!cursor->rows->atEnd()) module.run->visit();
  return SQLITE_OK;
}

int next(sqlite3_vtab_cursor* base) {
  Rows& rows = *static_cast<Cursor*>(base)->rows;
  rows.next();
  if (!rows.atEnd()) moduleOf(base->pVtab).run->visit();
  return SQLITE_OK;
}

int atEnd(sqlite3_vtab_cursor* base) { return static_cast<Cursor*>(base)->rows->atEnd() ? 1 : 0; }

int column(sqlite3_vtab_cursor* base, sqlite3_context* context, int n) {
  setResult(context, static_cast<Cursor*>(base)->rows->cell(n));
  return SQLITE_OK;
}

int rowid(sqlite3_vtab_cursor* base, sqlite3_int64* id) {
  *id = static_cast<Cursor*>(base)->rows->number();
  return SQLITE_OK;
}

// Tells SQLite that isinstance(id, …) can be handed to bestIndex as a condition.
int findFunction(sqlite3_vtab* table, int count, const char* name,
                 void (**function)(sqlite3_context*, int, sqlite3_value**), void** argument) {
  if (count != 2 || sqlite3_stricmp(name, "isinstance") != 0) return 0;
  *function = isInstanceFunction;
  *argument = moduleOf(table).isInstance;
  return SQLITE_INDEX_CONSTRAINT_FUNCTION;
}

sqlite3_module makeModule() {
  sqlite3_module m = {};
  m.iVersion = 1;
  m.xConnect = connect;  // no xCreate: the table is there without being created
  m.xBestIndex = bestIndex;
  m.xDisconnect = disconnect;
  m.xOpen = open;
  m.xClose = close;
  m.xFilter = filter;
  m.xNext = next;
  m.xEof = atEnd;
  m.xColumn = column;
  m.xRowid = rowid;
  m.xFindFunction = findFunction;
  return m;
}

}  // namespace

int registerTable(sqlite3* db, TableModule* module) {
  static const sqlite3_module kModule = makeModule();
  const std::string name(module->table->info().name);
  return sqlite3_create_module(db, name.c_str(), &kModule, module);
}

void setResult(sqlite3_context* context, const Cell& cell) {
  if (const auto* i = std::get_if<std::int64_t>(&cell)) {
    sqlite3_result_int64(context, *i);
  } else if (const auto* d = std::get_if<double>(&cell)) {
    sqlite3_result_double(context, *d);
  } else if (const auto* view = std::get_if<std::string_view>(&cell)) {
    sqlite3_result_text64(context, view->data() == nullptr ? "" : view->data(), view->size(),
                          SQLITE_STATIC, SQLITE_UTF8);
  } else if (const auto* text = std::get_if<std::string>(&cell)) {
    sqlite3_result_text64(context, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  } else if (const auto* blob = std::get_if<BlobView>(&cell)) {
    sqlite3_result_blob64(context, blob->bytes.data(), blob->bytes.size(), SQLITE_STATIC);
  } else {
    sqlite3_result_null(context);
  }
}

Cell cellOf(sqlite3_value* value) {
  const auto bytes = [value](const void* data) {
    return std::string_view(static_cast<const char*>(data),
                            static_cast<std::size_t>(sqlite3_value_bytes(value)));
  };
  switch (sqlite3_value_type(value)) {
    case SQLITE_INTEGER: return static_cast<std::int64_t>(sqlite3_value_int64(value));
    case SQLITE_FLOAT: return sqlite3_value_double(value);
    case SQLITE_TEXT: return bytes(sqlite3_value_text(value));
    case SQLITE_BLOB: return BlobView{bytes(sqlite3_value_blob(value))};
    default: return {};
  }
}

}  // namespace whyalive::sql
