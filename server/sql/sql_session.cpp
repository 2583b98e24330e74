#include "server/sql/sql_session.h"

#include <sqlite3.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "server/heap/analysis.h"
#include "server/sql/functions.h"
#include "server/sql/guard.h"
#include "server/sql/indexes.h"
#include "server/sql/memory_files.h"
#include "server/sql/object_facts.h"
#include "server/sql/planner.h"
#include "server/sql/query_run.h"
#include "server/sql/sql_errors.h"
#include "server/sql/summary_query.h"
#include "server/sql/tables/tables.h"
#include "server/sql/virtual_table.h"

namespace whyalive::sql {
namespace {

constexpr int kOperationsBetweenChecks = 1000;  // about 50 µs of SQLite's virtual machine
constexpr std::size_t kLongestSql = 256 << 10;

struct CloseConnection {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct FinishStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, FinishStatement>;

int onProgress(void* run) { return static_cast<QueryRun*>(run)->keepGoing() ? 0 : 1; }

// What follows the first statement: nothing but space, comments and semicolons?
bool isBlank(std::string_view rest) {
  while (!rest.empty()) {
    if (rest.starts_with("--")) {
      rest = rest.substr(std::min(rest.find('\n'), rest.size()));
    } else if (rest.starts_with("/*")) {
      const std::size_t end = rest.find("*/", 2);
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 2);
    } else if (std::isspace(static_cast<unsigned char>(rest[0])) || rest[0] == ';') {
      rest.remove_prefix(1);
    } else {
      return false;
    }
  }
  return true;
}

SqlValue valueOf(sqlite3_stmt* statement, int column) {
  const auto bytes = [&](const void* data) {
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
    return size == 0 ? std::string() : std::string(static_cast<const char*>(data), size);
  };
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER: return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT: return sqlite3_column_double(statement, column);
    case SQLITE_TEXT: return bytes(sqlite3_column_text(statement, column));
    case SQLITE_BLOB: return SqlBlob{bytes(sqlite3_column_blob(statement, column))};
    default: return {};
  }
}

Bytes lengthOf(const SqlValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->size();
  if (const auto* blob = std::get_if<SqlBlob>(&value)) return blob->bytes.size();
  return 0;
}

}  // namespace

class SqlSession::State {
 public:
  State(std::shared_ptr<const heap::Analysis> analysis,
        std::optional<std::vector<heap::Suspect>> suspects)
      : indexes_(std::move(analysis), run_, std::move(suspects)), facts_(indexes_) {}

  Result<void> connect();
  Result<SqlResult> query(std::string_view sql, const SqlOptions& options,
                          const RunControl& control);
  Result<std::vector<ObjectIndex>> objectsWhere(std::string_view condition,
                                                const SqlOptions& options,
                                                const RunControl& control);

 private:
  Result<Statement> prepare(std::string_view sql, std::size_t written = 0);
  void preferSums(std::string_view sql, Statement& statement);
  Result<void> collect(sqlite3_stmt* statement, std::string_view sql, const SqlOptions& options,
                       SqlResult& result);
  Error lastError(int rc, std::string_view sql, std::size_t written = 0) const;

  QueryRun run_;
  MemoryFiles files_{[this] { return run_.keepGoing("sorting"); }};
  Indexes indexes_;
  ObjectFacts facts_;
  FunctionContext functions_{indexes_, facts_, run_};
  std::vector<std::unique_ptr<Table>> tables_;
  std::vector<std::unique_ptr<TableModule>> modules_;
  std::unique_ptr<sqlite3, CloseConnection> db_;  // last: closed before what it points at
};

Result<void> SqlSession::State::connect() {
  sqlite3* db = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX;
  const char* const files = files_.name();
  if (files == nullptr) return fail(ErrorCode::Internal, "SQLite refused files in memory", "");
  const int opened = sqlite3_open_v2(":memory:", &db, flags, files);
  db_.reset(db);
  if (opened != SQLITE_OK) return fail(ErrorCode::Internal, "SQLite did not open", "");
  // See memory_files.h; what is sorted at once is as large as the cache.
  sqlite3_exec(db, "PRAGMA temp_store=FILE; PRAGMA cache_size=-1000", nullptr, nullptr, nullptr);
  std::vector<TableDefinition> definitions = tableDefinitions();
  definitions.push_back(objectSumsTable());
  for (const TableDefinition& definition : definitions) {
    tables_.push_back(definition.make(indexes_, run_));
    modules_.push_back(std::make_unique<TableModule>(tables_.back().get(), &run_, &functions_));
    if (registerTable(db, modules_.back().get()) != SQLITE_OK) {
      return fail(ErrorCode::Internal,
                  "SQLite refused the table " + std::string(definition.info.name));
    }
  }
  if (registerFunctions(db, &functions_) != SQLITE_OK) {
    return fail(ErrorCode::Internal, "SQLite refused a function");
  }
  guard(db, &run_);
  sqlite3_progress_handler(db, kOperationsBetweenChecks, onProgress, &run_);
  return {};
}

Error SqlSession::State::lastError(int rc, std::string_view sql, std::size_t written) const {
  if (run_.stopped()) return run_.stopError();
  if (rc == SQLITE_NOMEM) {
    return {ErrorCode::ResourceExhausted, "SQL: there is not enough memory for this query",
            "narrow it with WHERE"};
  }
  return explainSqlError(sqlite3_errmsg(db_.get()), sql, sqlite3_error_offset(db_.get()), written);
}

Result<Statement> SqlSession::State::prepare(std::string_view sql, std::size_t written) {
  if (sql.size() > kLongestSql) {
    return fail(ErrorCode::InvalidArgument, "SQL: the statement is longer than 256 KiB");
  }
  sqlite3_stmt* raw = nullptr;
  const char* tail = nullptr;
  const int rc =
      sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()), 0, &raw, &tail);
  Statement statement(raw);
  if (rc != SQLITE_OK) return std::unexpected(lastError(rc, sql, written));
  if (statement == nullptr) {
    return fail(ErrorCode::InvalidArgument, "there is no SQL to run",
                "try: SELECT kind, count(*) FROM objects GROUP BY kind");
  }
  if (!isBlank(sql.substr(static_cast<std::size_t>(tail - sql.data())))) {
    return fail(ErrorCode::InvalidArgument, "SQL: only one statement can be run at a time",
                "send the second one by itself");
  }
  if (sqlite3_stmt_readonly(raw) == 0 || sqlite3_column_count(raw) == 0) {
    return fail(ErrorCode::PermissionDenied, "SQL here only reads the snapshot",
                "ask with a single SELECT");
  }
  return statement;
}

// The statement as it was written has told its errors and the names of its columns by now.
void SqlSession::State::preferSums(std::string_view sql, Statement& statement) {
  const std::optional<std::string> wanted = overSums(sql);
  if (!wanted) return;
  Result<Statement> other = prepare(*wanted);
  if (other && sqlite3_column_count(other->get()) == sqlite3_column_count(statement.get())) {
    statement = *std::move(other);
  }
}

namespace {
std::vector<SqlColumn> columnsOf(sqlite3_stmt* statement) {
  std::vector<SqlColumn> columns;
  for (int i = 0; i < sqlite3_column_count(statement); ++i) {
    columns.push_back(
        {sqlite3_column_name(statement, i), typeDeclaredAs(sqlite3_column_decltype(statement, i))});
  }
  return columns;
}
}  // namespace

Result<void> SqlSession::State::collect(sqlite3_stmt* statement, std::string_view sql,
                                        const SqlOptions& options, SqlResult& result) {
  const auto columns = static_cast<int>(result.columns.size());
  Bytes bytes = 0;
  for (;;) {
    const int rc = sqlite3_step(statement);
    if (rc == SQLITE_DONE) return {};
    if (rc != SQLITE_ROW) return std::unexpected(lastError(rc, sql));
    if (result.rows.size() >= options.limit || bytes > options.resultBytes) {
      result.truncated = true;
      return {};
    }
    std::vector<SqlValue>& row = result.rows.emplace_back();
    row.reserve(static_cast<std::size_t>(columns));
    for (int i = 0; i < columns; ++i) bytes += lengthOf(row.emplace_back(valueOf(statement, i)));
  }
}

Result<SqlResult> SqlSession::State::query(std::string_view sql, const SqlOptions& options,
                                           const RunControl& control) {
  run_.start(control, options.timeout, options.memory);
  if (!run_.keepGoing()) return std::unexpected(run_.stopError());
  Result<Statement> statement = prepare(sql);
  if (!statement) return std::unexpected(statement.error());
  SqlResult result;
  result.columns = columnsOf(statement->get());
  preferSums(sql, *statement);
  if (auto done = collect(statement->get(), sql, options, result); !done) {
    return std::unexpected(done.error());
  }
  // A table that had to give up ends its rows early: that is no answer.
  if (run_.stopped()) return std::unexpected(run_.stopError());
  result.visited = run_.visited();
  // A name that nothing has matters when nothing was found, not as one of several in an IN (…).
  if (result.visited == 0) result.notes = run_.takeNotes();
  return result;
}

// The line break ends a comment at the condition's end.
Result<std::vector<ObjectIndex>> SqlSession::State::objectsWhere(std::string_view condition,
                                                                 const SqlOptions& options,
                                                                 const RunControl& control) {
  run_.start(control, options.timeout, options.memory);
  if (!run_.keepGoing()) return std::unexpected(run_.stopError());
  std::string sql = "SELECT id FROM objects WHERE (";
  const std::size_t written = sql.size();
  sql += std::string(condition) + "\n)";
  const Result<Statement> statement = prepare(sql, written);
  if (!statement) return std::unexpected(statement.error());
  std::vector<ObjectIndex> objects;
  int rc = sqlite3_step(statement->get());
  for (; rc == SQLITE_ROW; rc = sqlite3_step(statement->get())) {
    objects.push_back(
        ObjectIndex{static_cast<std::uint32_t>(sqlite3_column_int64(statement->get(), 0))});
  }
  if (rc != SQLITE_DONE) return std::unexpected(lastError(rc, sql, written));
  if (run_.stopped()) return std::unexpected(run_.stopError());
  if (!std::ranges::is_sorted(objects)) std::ranges::sort(objects);
  return objects;
}

SqlSession::SqlSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
SqlSession::~SqlSession() = default;
SqlSession::SqlSession(SqlSession&&) noexcept = default;
SqlSession& SqlSession::operator=(SqlSession&&) noexcept = default;

Result<SqlSession> SqlSession::open(std::shared_ptr<const heap::Analysis> analysis,
                                    std::optional<std::vector<heap::Suspect>> suspects) {
  auto state = std::make_unique<State>(std::move(analysis), std::move(suspects));
  if (auto connected = state->connect(); !connected) return std::unexpected(connected.error());
  return SqlSession(std::move(state));
}

Result<SqlResult> SqlSession::query(std::string_view sql, const SqlOptions& options,
                                    const RunControl& control) {
  return state_->query(sql, options, control);
}

Result<std::vector<ObjectIndex>> SqlSession::objectsWhere(std::string_view condition,
                                                          const SqlOptions& options,
                                                          const RunControl& control) {
  return state_->objectsWhere(condition, options, control);
}

}  // namespace whyalive::sql
