// Schema: which tables, columns and functions SQL has, with a sentence on each, for completion in
// an editor, for `whyalive sql --tables` and for the test that ties docs/sql.md to the code.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace whyalive::sql {

// What a column's values are, beyond SQL's own types, so that a client can link and format them.
enum class ColumnType : std::uint8_t {
  Any,      // whatever the Python value is
  Object,   // id of an object
  Integer,  // a count, a line …
  Bytes,    // a size
  Address,  // of an object in the process
  Flag,     // 0 or 1
  Text,
};

std::string_view toString(ColumnType type);  // "object", "bytes" … as on the wire

struct Column {
  std::string_view name;
  ColumnType type = ColumnType::Any;
  std::string_view meaning;
  bool hidden = false;  // not in SELECT *
};

struct TableInfo {
  std::string_view name;
  std::string_view meaning;
  std::span<const Column> columns;
};

struct FunctionInfo {
  std::string_view name;
  std::string_view arguments;  // "id, name"
  std::string_view meaning;
};

std::vector<TableInfo> tables();
std::span<const FunctionInfo> functions();

}  // namespace whyalive::sql
