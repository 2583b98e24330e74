#include "server/features/sql_report.h"

#include "server/sql/schema.h"

namespace whyalive::features {
namespace {

api::SqlCell cellOf(const sql::SqlValue& value) {
  if (const auto* i = std::get_if<std::int64_t>(&value)) return *i;
  if (const auto* d = std::get_if<double>(&value)) return *d;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* blob = std::get_if<sql::SqlBlob>(&value)) {
    return api::SqlBlob{hexadecimal(blob->bytes)};
  }
  return json::Null{};
}

}  // namespace

std::string hexadecimal(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

api::SqlResult sqlReport(const sql::SqlResult& result, std::string snapshot) {
  api::SqlResult report;
  report.snapshot = std::move(snapshot);
  for (const sql::SqlColumn& column : result.columns) {
    report.columns.push_back({column.name, std::string(sql::toString(column.type))});
  }
  report.rows.reserve(result.rows.size());
  for (const auto& row : result.rows) {
    std::vector<api::SqlCell>& cells = report.rows.emplace_back();
    cells.reserve(row.size());
    for (const sql::SqlValue& value : row) cells.push_back(cellOf(value));
  }
  report.truncated = result.truncated;
  report.visited = result.visited;
  report.notes = result.notes;
  return report;
}

api::SqlSchemaResult sqlSchemaReport() {
  api::SqlSchemaResult report;
  for (const sql::TableInfo& table : sql::tables()) {
    api::SqlTableInfo& info =
        report.tables.emplace_back(std::string(table.name), std::string(table.meaning));
    for (const sql::Column& column : table.columns) {
      info.columns.push_back({std::string(column.name), std::string(sql::toString(column.type)),
                              std::string(column.meaning), column.hidden});
    }
  }
  for (const sql::FunctionInfo& function : sql::functions()) {
    report.functions.push_back({std::string(function.name), std::string(function.arguments),
                                std::string(function.meaning)});
  }
  return report;
}

}  // namespace whyalive::features
