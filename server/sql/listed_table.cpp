#include "server/sql/listed_table.h"

#include <algorithm>

namespace whyalive::sql {
namespace {

// Text as it is, whole numbers in decimal, marked so that they never meet.
std::string keyOf(const Cell& cell) {
  if (isNull(cell)) return "";
  if (const auto number = wholeNumber(cell)) return "#" + std::to_string(*number);
  return "'" + std::string(textOf(cell));
}

}  // namespace

Result<double> ListedTable::estimate(const Access&, std::span<const Condition>) const {
  return std::min(2.0, rowCount());
}

Result<const ListedTable::Lookup*> ListedTable::lookup(int column) const {
  const auto [it, isNew] = lookups_.try_emplace(column);
  if (isNew) {
    const Result<std::uint32_t> n = length();
    if (!n) return std::unexpected(n.error());
    for (std::uint32_t row = 0; row < *n; ++row)
      it->second[keyOf(cell(row, column))].push_back(row);
  }
  return &it->second;
}

Result<Sequence> ListedTable::select(const Access* access, std::span<const Condition> conditions,
                                     int) const {
  const Result<std::uint32_t> n = length();
  if (!n) return std::unexpected(n.error());
  if (access == nullptr) return Sequence::range(0, *n);
  const Cell& wanted = conditions[0].value;
  if (isNull(wanted)) return Sequence();
  const bool textColumn =
      info().columns[static_cast<std::size_t>(access->column)].type == ColumnType::Text;
  if (isText(wanted) != textColumn) return Sequence::range(0, *n);  // SQLite converts, and decides
  const Result<const Lookup*> found = lookup(access->column);
  if (!found) return std::unexpected(found.error());
  const auto at = (*found)->find(keyOf(wanted));
  return at == (*found)->end() ? Sequence() : Sequence::listed(at->second);
}

}  // namespace whyalive::sql
