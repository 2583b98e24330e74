// The heap that the SQL tests and docs/sql.md ask: a small XMPP client whose dispatcher never
// forgets, as in the story that docs/sql.md tells.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/heap/analysis.h"
#include "server/sql/sql_session.h"

namespace whyalive::testing {

inline constexpr int kIqs = 40;       // in Dispatcher._expected, each with a <query> of two items
inline constexpr int kHistory = 300;  // entries of the list __main__.history: a hub
inline constexpr int kGarbage = 3;    // pairs of Node that hold each other and nobody else holds

struct XmppHeap {
  std::shared_ptr<const heap::Analysis> analysis;
  ObjectIndex expected = kNoObject;  // the dict Dispatcher._expected
  ObjectIndex history = kNoObject;   // the list
  ObjectIndex firstIq = kNoObject;
  ObjectIndex coroutine = kNoObject;
};

XmppHeap xmppHeap(int iqs = kIqs);

// Rows as text: NULL, numbers in decimal, text as it is.
using TextRows = std::vector<std::vector<std::string>>;
std::string textOf(const sql::SqlValue& value);
TextRows textRows(const sql::SqlResult& result);

// Opens a session on the heap and answers one question; fails the test on an error.
class Asker {
 public:
  explicit Asker(std::shared_ptr<const heap::Analysis> analysis);
  sql::SqlResult operator()(std::string_view sql);
  TextRows rows(std::string_view sql) { return textRows((*this)(sql)); }
  std::int64_t number(std::string_view sql);  // of a single cell
  std::string text(std::string_view sql);     // of a single cell
  std::string plan(std::string_view sql);     // EXPLAIN QUERY PLAN, lines joined
  Error error(std::string_view sql);
  sql::SqlSession& session() { return session_; }

 private:
  sql::SqlSession session_;
};

}  // namespace whyalive::testing
