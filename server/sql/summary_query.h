// SummaryQuery: a question that only counts and adds up objects by what a kind has in common is
// asked of the kinds' sums instead: some hundred rows in place of millions, with the same answer.
//
//   SELECT kind, count(*), sum(size) FROM objects WHERE type LIKE 'xmpp.%' GROUP BY kind
//
// Knows SQL as far as it takes to be sure, and leaves everything else as it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace whyalive::sql {

// The table of sums and its columns have names that nobody uses by accident.
inline constexpr std::string_view kSumsTable = "sums of objects";
inline constexpr std::string_view kObjectsColumn = "count of objects";
inline constexpr std::string_view kSampleColumn = "one object";
// "sum of size"; `what` is sum, min or max.
std::string sumColumn(std::string_view measure, std::string_view what);

// The statement that says the same of the table of sums (tables/object_sums.cpp); nullopt when this
// one does not fit. `sql` is a statement that SQLite has accepted.
std::optional<std::string> overSums(std::string_view sql);

}  // namespace whyalive::sql
