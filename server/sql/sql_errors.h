// Turns what SQLite says of a bad query into an error that helps: where, and what was meant.
#pragma once

#include <string>
#include <string_view>

#include "protocol/base/result.h"

namespace whyalive::sql {

// `message` is SQLite's ("no such column: tpye"), `offset` the byte of the query that it concerns,
// -1 unknown.
Error explainSqlError(std::string message, std::string_view sql, int offset);

}  // namespace whyalive::sql
