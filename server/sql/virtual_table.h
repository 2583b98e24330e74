// Makes a Table a virtual table of SQLite. It needs no CREATE: SELECT … FROM name is enough.
#pragma once

#include <memory>
#include <vector>

#include "server/sql/query_run.h"
#include "server/sql/table.h"

struct sqlite3;
struct sqlite3_context;
struct sqlite3_value;

namespace whyalive::sql {

// Everything is owned by the session and outlives the connection.
struct TableModule {
  Table* table = nullptr;
  QueryRun* run = nullptr;
  void* isInstance = nullptr;  // pApp of the function isinstance, which accesses can stand for
};

// An SQLite result code.
int registerTable(sqlite3* db, TableModule* module);

void setResult(sqlite3_context* context, const Cell& cell);
Cell cellOf(sqlite3_value* value);  // text and blobs stay SQLite's, valid as long as the value

}  // namespace whyalive::sql
