#include "server/sql/guard.h"

#include <sqlite3.h>

#include <array>
#include <string_view>
#include <utility>

namespace whyalive::sql {
namespace {

constexpr std::array<std::pair<int, int>, 11> kLimits{{
    {SQLITE_LIMIT_LENGTH, 4 << 20},  // of one value: instr() and replace() cannot be stopped
    {SQLITE_LIMIT_SQL_LENGTH, 256 << 10},
    {SQLITE_LIMIT_COLUMN, 256},
    {SQLITE_LIMIT_EXPR_DEPTH, 200},
    {SQLITE_LIMIT_COMPOUND_SELECT, 50},
    {SQLITE_LIMIT_VDBE_OP, 250'000},
    {SQLITE_LIMIT_FUNCTION_ARG, 32},
    {SQLITE_LIMIT_ATTACHED, 0},
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000},
    {SQLITE_LIMIT_TRIGGER_DEPTH, 0},
    {SQLITE_LIMIT_WORKER_THREADS, 0},
}};

// Questions about the schema; everything else that PRAGMA does is a setting or a write.
constexpr std::string_view kPragmas[] = {"table_info", "table_xinfo", "table_list",
                                         "function_list"};
// Functions that reach outside of the query.
constexpr std::string_view kForbiddenFunctions[] = {"load_extension", "fts3_tokenizer"};

template <std::size_t N>
bool isOneOf(const char* name, const std::string_view (&names)[N]) {
  for (const std::string_view one : names) {
    if (name != nullptr && one == name) return true;
  }
  return false;
}

std::string_view actionName(int action) {
  switch (action) {
    case SQLITE_ATTACH: return "ATTACH";
    case SQLITE_DETACH: return "DETACH";
    case SQLITE_PRAGMA: return "this PRAGMA";
    case SQLITE_INSERT: return "INSERT";
    case SQLITE_UPDATE: return "UPDATE";
    case SQLITE_DELETE: return "DELETE";
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT: return "a transaction";
    case SQLITE_CREATE_VTABLE:
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_VIEW:
    case SQLITE_CREATE_TEMP_VIEW:
    case SQLITE_CREATE_INDEX:
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_CREATE_TEMP_TRIGGER: return "CREATE";
    default: return "this statement";
  }
}

int authorize(void* data, int action, const char* first, const char* second, const char*,
              const char*) {
  auto* run = static_cast<QueryRun*>(data);
  std::string refused;
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE: return SQLITE_OK;
    case SQLITE_FUNCTION:
      if (!isOneOf(second, kForbiddenFunctions)) return SQLITE_OK;
      refused = std::string("the function ") + second;
      break;
    case SQLITE_PRAGMA:
      if (isOneOf(first, kPragmas)) return SQLITE_OK;
      refused = "this PRAGMA";
      break;
    case SQLITE_UPDATE:
      // Asked when SQLite declares a virtual table. A statement that really does it is no read-only
      // one, and is refused as such.
      if (first != nullptr && std::string_view(first) == "sqlite_master") return SQLITE_OK;
      refused = "UPDATE";
      break;
    default: refused = actionName(action);
  }
  run->stop({ErrorCode::PermissionDenied, refused + " is refused: SQL here only reads the snapshot",
             "ask with a single SELECT"});
  return SQLITE_DENY;
}

}  // namespace

void guard(sqlite3* db, QueryRun* run) {
  for (const auto& [limit, value] : kLimits) sqlite3_limit(db, limit, value);
  sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  // A name in double quotes is a column, never quietly a text: "typo" is an error.
  sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_set_authorizer(db, authorize, run);
}

}  // namespace whyalive::sql
