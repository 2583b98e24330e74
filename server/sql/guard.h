// Guard: keeps a connection read-only and small. Anything but reading is refused by name.
#pragma once

#include <string>

#include "server/sql/query_run.h"

struct sqlite3;

namespace whyalive::sql {

// Sets SQLite's limits, refuses extensions, and installs the authorizer, which tells `run` in one
// sentence what it refused.
void guard(sqlite3* db, QueryRun* run);

}  // namespace whyalive::sql
