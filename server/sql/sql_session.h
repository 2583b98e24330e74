// SqlSession: SQL questions to one snapshot, answered by SQLite over virtual tables (docs/sql.md).
//
// Nothing is copied into a database: a table's rows are the heap's own columns, and a condition on
// an id, a type, a referrer … goes straight to the rows that fulfil it. Read-only: anything but a
// SELECT is refused. Knows nothing of processes, files or JSON.
//
// One caller at a time; owns the indexes that queries have needed so far, so a kept session answers
// faster than a new one. Results own their values and outlive the session.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/suspect.h"
#include "server/sql/schema.h"

namespace whyalive::heap {
class Analysis;
}

namespace whyalive::sql {

struct SqlBlob {
  std::string bytes;
  bool operator==(const SqlBlob&) const = default;
};

// NULL, INTEGER, REAL, TEXT (UTF-8, but a Python str may hold surrogates), BLOB.
using SqlValue = std::variant<std::monostate, std::int64_t, double, std::string, SqlBlob>;

struct SqlColumn {
  std::string name;
  ColumnType type = ColumnType::Any;  // Any for what is computed
};

struct SqlResult {
  std::vector<SqlColumn> columns;
  std::vector<std::vector<SqlValue>> rows;
  bool truncated = false;          // there are more rows than the limit
  std::uint64_t visited = 0;       // rows of the tables that were looked at
  std::vector<std::string> notes;  // "no type is called 'Iq'; did you mean 'xmpp.protocol.Iq'?"
};

struct SqlOptions {
  std::size_t limit = 1000;                   // rows of the result
  std::chrono::milliseconds timeout{30'000};  // 0 = none
  Bytes memory = Bytes{512} << 20;            // that SQLite may take for sorting and joining
  Bytes resultBytes = Bytes{64} << 20;        // of text and blobs in the result, then truncated
};

class SqlSession {
 public:
  // `suspects`: as they are known already (since earlier snapshots, say); found when asked without.
  static Result<SqlSession> open(std::shared_ptr<const heap::Analysis> analysis,
                                 std::optional<std::vector<heap::Suspect>> suspects = {});
  ~SqlSession();
  SqlSession(SqlSession&&) noexcept;
  SqlSession& operator=(SqlSession&&) noexcept;

  // One SELECT (or WITH … SELECT, EXPLAIN QUERY PLAN SELECT …). `control` is asked every few
  // milliseconds; its fraction is the share of the timeout that has passed.
  Result<SqlResult> query(std::string_view sql, const SqlOptions& options = {},
                          const RunControl& control = {});

  // The objects for which this condition on the columns of `objects` holds, ids rising; for what
  // takes a set of objects (heap --where). `limit` and `resultBytes` do not matter.
  Result<std::vector<ObjectIndex>> objectsWhere(std::string_view condition,
                                                const SqlOptions& options = {},
                                                const RunControl& control = {});

 private:
  class State;
  explicit SqlSession(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace whyalive::sql
