// The functions that SQL has beyond SQLite's own; functions() of schema.h tells them to people.
#pragma once

#include <string>
#include <vector>

#include "server/sql/indexes.h"
#include "server/sql/object_facts.h"
#include "server/sql/query_run.h"

struct sqlite3;
struct sqlite3_context;
struct sqlite3_value;

namespace whyalive::sql {

// What functions answer from; owned by the session, outlives the connection.
struct FunctionContext {
  Indexes& indexes;
  ObjectFacts& facts;
  QueryRun& run;
  // The answers of isinstance by type, for the name that was asked for last.
  std::string baseName = {};
  std::vector<bool> isInstance = {};
};

// An SQLite result code.
int registerFunctions(sqlite3* db, FunctionContext* context);

// isinstance(id, type name); also stands for a condition that tables take (virtual_table.cpp).
void isInstanceFunction(sqlite3_context* context, int argc, sqlite3_value** argv);

}  // namespace whyalive::sql
