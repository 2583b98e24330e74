// whyalive/sql and whyalive/sqlSchema: questions to a snapshot in SQL, and what can be asked of.
// The wire contract is docs/protocol.md; change both together (a test compares them).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/json/fields.h"

namespace whyalive::api {

struct SqlParams {
  std::optional<std::string> snapshot;  // the current one
  std::string sql;
  std::uint32_t limit = 1000;       // rows
  std::uint32_t timeoutMs = 30000;  // 0: none
  static constexpr auto fields() {
    return std::tuple{json::defaulted("snapshot", &SqlParams::snapshot),
                      json::required("sql", &SqlParams::sql),
                      json::defaulted("limit", &SqlParams::limit),
                      json::defaulted("timeoutMs", &SqlParams::timeoutMs)};
  }
};

struct SqlBlob {
  std::string blob;  // hexadecimal
  static constexpr auto fields() { return std::tuple{json::required("blob", &SqlBlob::blob)}; }
};
using SqlCell = std::variant<std::int64_t, double, std::string, SqlBlob, json::Null>;

// Column types: any, object, integer, bytes, address, flag, text.
struct SqlColumn {
  std::string name;
  std::string type;
  static constexpr auto fields() {
    return std::tuple{json::required("name", &SqlColumn::name),
                      json::required("type", &SqlColumn::type)};
  }
};
struct SqlResult {
  std::string snapshot;
  std::vector<SqlColumn> columns;
  std::vector<std::vector<SqlCell>> rows;
  bool truncated = false;
  std::uint64_t visited = 0;  // rows of the tables that were looked at
  std::vector<std::string> notes;
  static constexpr auto fields() {
    return std::tuple{json::required("snapshot", &SqlResult::snapshot),
                      json::required("columns", &SqlResult::columns),
                      json::required("rows", &SqlResult::rows),
                      json::required("truncated", &SqlResult::truncated),
                      json::required("visited", &SqlResult::visited),
                      json::required("notes", &SqlResult::notes)};
  }
};
struct Sql {
  static constexpr std::string_view kMethod = "whyalive/sql";
  using Params = SqlParams;
  using Result = SqlResult;
};

struct SqlColumnInfo {
  std::string name;
  std::string type;
  std::string meaning;
  bool hidden = false;  // not in SELECT *
  static constexpr auto fields() {
    return std::tuple{json::required("name", &SqlColumnInfo::name),
                      json::required("type", &SqlColumnInfo::type),
                      json::required("meaning", &SqlColumnInfo::meaning),
                      json::required("hidden", &SqlColumnInfo::hidden)};
  }
};
struct SqlTableInfo {
  std::string name;
  std::string meaning;
  std::vector<SqlColumnInfo> columns;
  static constexpr auto fields() {
    return std::tuple{json::required("name", &SqlTableInfo::name),
                      json::required("meaning", &SqlTableInfo::meaning),
                      json::required("columns", &SqlTableInfo::columns)};
  }
};
struct SqlFunctionInfo {
  std::string name;
  std::string arguments;  // "id, name"
  std::string meaning;
  static constexpr auto fields() {
    return std::tuple{json::required("name", &SqlFunctionInfo::name),
                      json::required("arguments", &SqlFunctionInfo::arguments),
                      json::required("meaning", &SqlFunctionInfo::meaning)};
  }
};
struct SqlSchemaResult {
  std::vector<SqlTableInfo> tables;
  std::vector<SqlFunctionInfo> functions;
  static constexpr auto fields() {
    return std::tuple{json::required("tables", &SqlSchemaResult::tables),
                      json::required("functions", &SqlSchemaResult::functions)};
  }
};
struct SqlSchema {
  static constexpr std::string_view kMethod = "whyalive/sqlSchema";
  using Params = json::Empty;
  using Result = SqlSchemaResult;
};

}  // namespace whyalive::api
