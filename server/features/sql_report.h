// A query's result, and what can be queried, as whyalive/sql and `whyalive sql --json` tell them.
// Pure.
#pragma once

#include <string>
#include <string_view>

#include "protocol/whyalive/sql.h"
#include "server/sql/sql_session.h"

namespace whyalive::features {

// "0102" for the bytes 1 and 2.
std::string hexadecimal(std::string_view bytes);

api::SqlResult sqlReport(const sql::SqlResult& result, std::string snapshot);
api::SqlSchemaResult sqlSchemaReport();

}  // namespace whyalive::features
