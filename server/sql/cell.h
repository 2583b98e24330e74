// Cell: one value of a virtual table, in or out. Text and blobs are either owned or point into the
// snapshot, which outlives every query. Knows nothing of SQLite.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "protocol/base/ids.h"

namespace whyalive::sql {

struct BlobView {
  std::string_view bytes;
};

using Cell =
    std::variant<std::monostate, std::int64_t, double, std::string_view, std::string, BlobView>;

inline Cell objectCell(ObjectIndex o) {
  return o == kNoObject ? Cell() : Cell(static_cast<std::int64_t>(raw(o)));
}
inline Cell numberCell(std::uint64_t n) { return static_cast<std::int64_t>(n); }
inline Cell flagCell(bool flag) { return static_cast<std::int64_t>(flag ? 1 : 0); }
// Empty text is NULL: the snapshot does not know.
inline Cell textCell(std::string_view text) { return text.empty() ? Cell() : Cell(text); }

inline std::string_view textOf(const Cell& cell) {
  if (const auto* view = std::get_if<std::string_view>(&cell)) return *view;
  if (const auto* owned = std::get_if<std::string>(&cell)) return *owned;
  return {};
}
inline bool isText(const Cell& cell) {
  return std::holds_alternative<std::string_view>(cell) ||
         std::holds_alternative<std::string>(cell);
}
inline bool isNull(const Cell& cell) { return std::holds_alternative<std::monostate>(cell); }

// The whole number that equals this cell, if there is one.
inline std::optional<std::int64_t> wholeNumber(const Cell& cell) {
  if (const auto* i = std::get_if<std::int64_t>(&cell)) return *i;
  if (const auto* d = std::get_if<double>(&cell)) {
    if (std::floor(*d) == *d && std::abs(*d) < 9e15) return static_cast<std::int64_t>(*d);
  }
  return std::nullopt;
}

}  // namespace whyalive::sql
