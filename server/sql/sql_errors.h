// Turns what SQLite says of a bad query into an error that helps: where, and what was meant.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/base/result.h"

namespace whyalive::sql {

// `message` is SQLite's ("no such column: tpye"), `offset` the byte of the query that it concerns,
// -1 unknown. What a person has written of the query begins at `written`.
Error explainSqlError(std::string message, std::string_view sql, int offset,
                      std::size_t written = 0);

}  // namespace whyalive::sql
