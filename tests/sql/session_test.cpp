// Around the query: errors that help, nothing but reading, limits, cancel.
#include <sqlite3.h>

#include "tests/sql/sql_support.h"
#include "tests/support/catch.h"
#include "tests/support/heap_builder.h"

namespace whyalive::testing {

using std::chrono::milliseconds;

TEST_CASE("an unknown name is an error with its place and the nearest one") {
  Asker ask(xmppHeap().analysis);
  const auto says = [&](const char* sql, const char* message, const char* remedy) {
    const Error error = ask.error(sql);
    CHECK(error.code == ErrorCode::InvalidArgument);
    CHECK(error.message == message);
    CHECK(error.remedy == remedy);
  };
  says("SELECT * FROM object", "SQL: no such table: object", "did you mean objects?");
  says("SELECT tpye FROM objects", "SQL: no such column: tpye (line 1, column 8)",
       "did you mean type?");
  says("SELECT id\nFROM objects o\nWHERE o.retaind > 5",
       "SQL: no such column: o.retaind (line 3, column 7)", "did you mean retained?");
  says("SELECT atr(id, 'x') FROM objects", "SQL: no such function: atr (line 1, column 8)",
       "did you mean attr?");
  says("SELECT attr(id) FROM objects",
       "SQL: wrong number of arguments to function attr() (line 1, column 8)",
       "write attr(id, name)");
  says("SELECT id FROM objects WHERE type = \"dict\"",
       "SQL: no such column: dict (line 1, column 37)", "text stands in single quotes: 'dict'");
  says("SELECT * FROM", "SQL: incomplete input", "");
  says("SELECT ž FRM objects", "SQL: near \"objects\": syntax error (line 1, column 14)", "");
  CHECK(ask.error("SELECT * FROM zzzzzz").remedy.find("the tables are objects, refs") == 0);
}

TEST_CASE("a type that no object has gets a note with the nearest one") {
  Asker ask(xmppHeap().analysis);
  const auto note = [&](const char* where) {
    const sql::SqlResult result = ask("SELECT id FROM objects WHERE " + std::string(where));
    CHECK(result.rows.empty());
    return result.notes.empty() ? std::string() : result.notes.front();
  };
  CHECK(note("type = 'Iq'") == "no object has the type 'Iq'; did you mean 'xmpp.protocol.Iq'?");
  CHECK(note("type = 'xmpp.simplexml.Nod'") ==
        "no object has the type 'xmpp.simplexml.Nod'; did you mean 'xmpp.simplexml.Node'?");
  CHECK(note("kind = 'dict of xmpp.protocol.iq'") ==
        "no object has the kind 'dict of xmpp.protocol.iq'; "
        "did you mean 'dict of xmpp.protocol.Iq'?");
  CHECK(note("type = 'utterly.unheard.Of'") == "no object has the type 'utterly.unheard.Of'");
  CHECK(ask("SELECT id FROM objects WHERE type = 'dict'").notes.empty());
}

TEST_CASE("everything but reading is refused") {
  Asker ask(xmppHeap().analysis);
  for (const char* sql : {"ATTACH '/tmp/x.db' AS x",
                          "DETACH main",
                          "CREATE TABLE t(a)",
                          "CREATE TEMP TABLE t(a)",
                          "CREATE VIEW v AS SELECT 1",
                          "CREATE VIRTUAL TABLE f USING fts5(a)",
                          "INSERT INTO objects(id) VALUES (1)",
                          "UPDATE objects SET size = 1",
                          "DELETE FROM objects",
                          "DROP TABLE objects",
                          "PRAGMA temp_store = FILE",
                          "PRAGMA hard_heap_limit = 1",
                          "PRAGMA writable_schema = 1",
                          "BEGIN",
                          "VACUUM",
                          "VACUUM INTO '/tmp/x.db'",
                          "REINDEX",
                          "ANALYZE",
                          "SAVEPOINT s",
                          "SELECT load_extension('/tmp/x.so')",
                          "EXPLAIN ATTACH '/tmp/x.db' AS x",
                          "WITH x AS (SELECT 1) DELETE FROM objects"}) {
    INFO(sql);
    const Error error = ask.error(sql);
    const bool refused = error.code == ErrorCode::PermissionDenied ||
                         error.message.find("no such") != std::string::npos;
    CHECK(refused);
  }
  CHECK(ask.error("ATTACH '/tmp/x.db' AS x").message ==
        "ATTACH is refused: SQL here only reads the snapshot");
  CHECK(ask.number("SELECT count(*) FROM pragma_table_info('objects')") == 16);
}

TEST_CASE("one statement at a time, and not none") {
  Asker ask(xmppHeap().analysis);
  CHECK(ask.error("SELECT 1; SELECT 2").message == "SQL: only one statement can be run at a time");
  CHECK(ask.error("").message == "there is no SQL to run");
  CHECK(ask.error("  -- only a comment\n").message == "there is no SQL to run");
  CHECK(ask.number("SELECT 1; -- that is all\n /* really */ ;") == 1);
  CHECK(ask.error(std::string(300'000, ' ') + "SELECT 1").message ==
        "SQL: the statement is longer than 256 KiB");
}

TEST_CASE("more rows than the limit are cut off, and the result says so") {
  Asker ask(xmppHeap().analysis);
  sql::SqlOptions options;
  options.limit = 7;
  const auto cut = ask.session().query("SELECT id FROM objects", options);
  REQUIRE(cut.has_value());
  CHECK(cut->rows.size() == 7);
  CHECK(cut->truncated);
  const auto whole = ask.session().query("SELECT id FROM objects LIMIT 7", options);
  REQUIRE(whole.has_value());
  CHECK(!whole->truncated);
  options.resultBytes = 100;
  options.limit = 1000;
  const auto bytes = ask.session().query("SELECT type FROM objects", options);
  REQUIRE(bytes.has_value());
  CHECK(bytes->truncated);
  CHECK(bytes->rows.size() < 40);
}

TEST_CASE("a query without end is stopped by its timeout") {
  Asker ask(xmppHeap().analysis);
  sql::SqlOptions options;
  options.timeout = milliseconds(30);
  const auto result = ask.session().query(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
      options);
  REQUIRE(!result.has_value());
  CHECK(result.error().message == "the query took longer than 30 ms");
  CHECK(ask.number("SELECT 1") == 1);  // the session lives on
}

TEST_CASE("a query can be cancelled while it runs") {
  Asker ask(xmppHeap().analysis);
  int asked = 0;
  const RunControl control([&](std::string_view, double) { return ++asked < 5; });
  const auto result = ask.session().query(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n", {},
      control);
  REQUIRE(!result.has_value());
  CHECK(result.error().code == ErrorCode::Cancelled);
  CHECK(asked == 5);
}

TEST_CASE("building an index can be cancelled, and is built when asked again") {
  Asker ask(xmppHeap().analysis);
  for (const char* sql : {"SELECT count(*) FROM strings WHERE text = 'presence'",
                          "SELECT count(*) FROM objects WHERE type = 'str'"}) {
    const RunControl control(
        [](std::string_view step, double) { return step == "running the query"; });
    const auto result = ask.session().query(sql, {}, control);
    INFO(sql);
    REQUIRE(!result.has_value());
    CHECK(result.error().code == ErrorCode::Cancelled);
    CHECK(ask.number(sql) > 0);
  }
}

TEST_CASE("a query that needs too much memory is stopped") {
  Asker ask(xmppHeap().analysis);
  sql::SqlOptions options;
  options.memory = Bytes{8} << 20;
  const auto result = ask.session().query(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
      "SELECT printf('%080d', i) AS t FROM n ORDER BY t",
      options);
  REQUIRE(!result.has_value());
  CHECK(result.error().code == ErrorCode::ResourceExhausted);
  CHECK(result.error().message == "the query needs more than 8 MiB for sorting");
}

// Far more than SQLite keeps before it writes runs to its temporary files (memory_files.h).
TEST_CASE("what is sorted and joined through temporary files comes back whole and in order") {
  Asker ask(xmppHeap().analysis);
  const sqlite3_int64 before = sqlite3_memory_used();
  const std::string numbers =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000), "
      "t(i, text) AS (SELECT i, printf('%0200d', i * 7919 % 30011) FROM n) ";
  CHECK(ask.rows(numbers + "SELECT count(*), count(DISTINCT text), sum(i), "
                           "sum(text < before), max(length(text)) FROM "
                           "(SELECT i, text, lag(text) OVER (ORDER BY text) AS before FROM t)") ==
        TextRows{{"30000", "30000", "450015000", "0", "200"}});
  CHECK(ask.rows(numbers + "SELECT count(*) FROM t a JOIN t b ON a.text = b.text") ==
        TextRows{{"30000"}});
  CHECK(ask.rows(numbers + "SELECT text, count(*) FROM t GROUP BY text ORDER BY text DESC LIMIT 1")
            .size() == 1);
  CHECK(sqlite3_memory_used() - before < 2 << 20);  // the files are gone
}

TEST_CASE("a query can be cancelled while it sorts") {
  Asker ask(xmppHeap().analysis);
  const std::string sql =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) "
      "SELECT printf('%0200d', i * 7919 % 30011) AS t FROM n ORDER BY t";
  int looks = 0;
  const RunControl counting([&](std::string_view, double) { return ++looks > 0; });
  REQUIRE(ask.session().query(sql, {}, counting).has_value());
  for (int part = 1; part <= 8; ++part) {
    int asked = 0;
    const int last = looks * part / 8;
    const RunControl control([&](std::string_view, double) { return ++asked < last; });
    const auto result = ask.session().query(sql, {}, control);
    REQUIRE(!result.has_value());
    CHECK(result.error().code == ErrorCode::Cancelled);
    CHECK(asked == last);
  }
  // While runs are written and merged, SQLite asks nobody: its files do.
  const RunControl untilMerged([&](std::string_view step, double) { return step != "sorting"; });
  const auto result = ask.session().query(sql, {}, untilMerged);
  REQUIRE(!result.has_value());
  CHECK(result.error().code == ErrorCode::Cancelled);
}

TEST_CASE("text from the heap comes back byte by byte") {
  HeapBuilder b;
  const Obj main = b.module("__main__");
  const std::string hostile("\"';--\0\xed\xa0\x80\n", 10);
  const Obj text = b.text(hostile);
  b.set(main, "x", text);
  Asker ask(b.analyse());
  CHECK(ask.text("SELECT text FROM strings WHERE id = " + std::to_string(text)) == hostile);
  CHECK(
      ask.number("SELECT count(*) FROM strings WHERE text = (SELECT text FROM strings WHERE id = " +
                 std::to_string(text) + ")") == 1);
}

TEST_CASE("suspects that are known already are told as they are") {
  heap::Suspect known;
  known.rank = 1;
  known.kind = heap::SuspectKind::Growth;
  known.title = "a cache grows";
  known.hasGrowth = true;
  known.growth = {7, -5};
  auto session = sql::SqlSession::open(xmppHeap().analysis, std::vector{known});
  REQUIRE(session.has_value());
  CHECK(textRows(*session->query(
            "SELECT kind, title, growth_count, growth_bytes, holder FROM suspects")) ==
        TextRows{{"growth", "a cache grows", "7", "-5", "NULL"}});
}

TEST_CASE("a session moves, and sessions share an analysis") {
  const XmppHeap heap = xmppHeap();
  Asker one(heap.analysis), two(heap.analysis);
  sql::SqlSession moved = std::move(one.session());
  CHECK(moved.query("SELECT count(*) FROM objects")->rows ==
        two("SELECT count(*) FROM objects").rows);
}

}  // namespace whyalive::testing
