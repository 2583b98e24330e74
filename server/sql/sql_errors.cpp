#include "server/sql/sql_errors.h"

#include <algorithm>
#include <cctype>
#include <vector>

#include "server/heap/nearest_name.h"
#include "server/sql/schema.h"

namespace whyalive::sql {
namespace {

// "line 1, column 8": both from 1, columns in characters.
std::string placeOf(std::string_view sql, std::size_t offset) {
  const std::string_view before = sql.substr(0, offset);
  const std::size_t lineStart = before.rfind('\n') + 1;  // npos + 1 = 0
  const auto line = std::ranges::count(before, '\n') + 1;
  const auto column =
      std::ranges::count_if(before.substr(lineStart), [](char c) { return (c & 0xC0) != 0x80; }) +
      1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

std::string_view afterPrefix(std::string_view message, std::string_view prefix) {
  return message.starts_with(prefix) ? message.substr(prefix.size()) : std::string_view();
}

std::string didYouMean(std::string_view name) {
  return name.empty() ? "" : "did you mean " + std::string(name) + "?";
}

std::string joined(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

std::vector<std::string_view> tableNames() {
  std::vector<std::string_view> names;
  for (const TableInfo& table : tables()) names.push_back(table.name);
  return names;
}

// Whether the query names this table, as a word.
bool mentions(std::string_view sql, std::string_view table) {
  for (std::size_t at = sql.find(table); at != std::string_view::npos;
       at = sql.find(table, at + 1)) {
    const auto isWord = [&](std::size_t i) {
      return i < sql.size() && (std::isalnum(static_cast<unsigned char>(sql[i])) || sql[i] == '_');
    };
    if ((at == 0 || !isWord(at - 1)) && !isWord(at + table.size())) return true;
  }
  return false;
}

std::string remedyForColumn(std::string_view column, std::string_view sql) {
  const std::size_t dot = column.rfind('.');
  if (dot != std::string_view::npos) column.remove_prefix(dot + 1);
  std::vector<std::string_view> names;
  for (const TableInfo& table : tables()) {
    if (!mentions(sql, table.name)) continue;
    for (const Column& one : table.columns) {
      if (!one.hidden) names.push_back(one.name);
    }
  }
  if (sql.find('"' + std::string(column) + '"') != std::string_view::npos) {
    return "text stands in single quotes: '" + std::string(column) + "'";
  }
  const std::string meant = didYouMean(heap::nearestName(column, names));
  return meant.empty() ? (names.empty() ? "" : "the columns are " + joined(names)) : meant;
}

std::string remedyFor(std::string_view message, std::string_view sql) {
  if (const auto table = afterPrefix(message, "no such table: "); !table.empty()) {
    const std::string meant = didYouMean(heap::nearestName(table, tableNames()));
    return meant.empty() ? "the tables are " + joined(tableNames()) : meant;
  }
  if (const auto column = afterPrefix(message, "no such column: "); !column.empty()) {
    return remedyForColumn(column, sql);
  }
  if (const auto function = afterPrefix(message, "no such function: "); !function.empty()) {
    std::vector<std::string_view> names;
    for (const FunctionInfo& one : functions()) names.push_back(one.name);
    const std::string meant = didYouMean(heap::nearestName(function, names));
    return meant.empty() ? "the functions of the heap are " + joined(names) : meant;
  }
  if (const auto call = afterPrefix(message, "wrong number of arguments to function ");
      !call.empty()) {
    for (const FunctionInfo& one : functions()) {
      if (call.starts_with(std::string(one.name) + "(")) {
        return "write " + std::string(one.name) + "(" + std::string(one.arguments) + ")";
      }
    }
  }
  return "";
}

}  // namespace

Error explainSqlError(std::string message, std::string_view sql, int offset, std::size_t written) {
  if (message.ends_with(" may not be modified")) {
    return {ErrorCode::PermissionDenied, "SQL here only reads the snapshot: " + message,
            "ask with a single SELECT"};
  }
  std::string remedy = remedyFor(message, sql);
  const std::size_t at = offset < 0 ? sql.size() + 1 : static_cast<std::size_t>(offset);
  if (at >= written && at <= sql.size()) {
    message += " (" + placeOf(sql.substr(written), at - written) + ")";
  }
  return {ErrorCode::InvalidArgument, "SQL: " + message, std::move(remedy)};
}

}  // namespace whyalive::sql
