// SQL and pictures through the protocol.
#include "tests/session/session_support.h"
#include "tests/support/catch.h"
#include "tests/support/heap_builder.h"

namespace whyalive::session {
namespace {

using testing::HeapBuilder;
using testing::Obj;

// A cache that holds so many Iq, each with its number as text.
std::vector<std::uint8_t> cacheOf(int count) {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app.py");
  const Obj iq = b.cls("app", "Iq");
  const Obj cache = b.dict();
  for (int i = 0; i < count; ++i) {
    const Obj key = b.text(std::to_string(i));
    b.put(cache, key, b.instance(iq, {{"id", key}}));
  }
  b.set(main, "cache", cache);
  return b.bytes();
}

const Json kEndless{{"sql",
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                     "SELECT count(*) FROM n"}};

}  // namespace

TEST_CASE("SQL is answered with typed columns and rows") {
  ScriptedEditor editor;
  editor.initialize();
  editor.openSnapshot(cacheOf(3));
  const Json result = editor.request(
      "whyalive/sql", {{"sql",
                        "SELECT o.id, text(attr(o.id, 'id')) AS name, o.size, o.value, 1.5 AS half "
                        "FROM objects o WHERE o.type = 'app.Iq' ORDER BY name"},
                       {"limit", 2}});
  CHECK(result["snapshot"] == "s1");
  CHECK(result["columns"] ==
        Json::parse(R"([{"name":"id","type":"object"},{"name":"name","type":"any"},
      {"name":"size","type":"bytes"},{"name":"value","type":"any"},{"name":"half","type":"any"}])"));
  REQUIRE(result["rows"].size() == 2);
  CHECK(result["rows"][0][0].is_number_unsigned());
  CHECK(result["rows"][0][1] == "0");
  CHECK(result["rows"][0][3].is_null());
  CHECK(result["rows"][0][4] == 1.5);
  CHECK(result["truncated"] == true);
  CHECK(result["visited"] == 3);
  CHECK(editor.request("whyalive/sql", {{"sql", "SELECT x'00ff' AS b"}})["rows"] ==
        Json::parse(R"([[{"blob":"00ff"}]])"));
}

TEST_CASE("SQL before a snapshot is empty; wrong SQL is an error that helps") {
  ScriptedEditor editor;
  editor.initialize();
  CHECK(editor.request("whyalive/sql", {{"sql", "SELECT 1"}})["rows"].empty());
  editor.openSnapshot(cacheOf(1));
  CHECK(editor.error("whyalive/sql", {{"sql", "SELECT * FROM object"}}) ==
        Json{{"message", "SQL: no such table: object"}, {"remedy", "did you mean objects?"}});
  CHECK(editor.error("whyalive/sql", {{"sql", "DROP TABLE objects"}})["remedy"] ==
        "ask with a single SELECT");
  CHECK(editor.error("whyalive/sql", {{"limit", 3}})["message"] == "params.sql: is missing");
  CHECK(editor.request("whyalive/sql",
                       {{"sql", "SELECT * FROM objects WHERE type = 'Iq'"}})["notes"] ==
        Json::parse(R"(["no object has the type 'Iq'; did you mean 'app.Iq'?"])"));
}

TEST_CASE("a query can be cancelled, and one that waits for it too") {
  ScriptedEditor editor;
  editor.initialize();
  editor.openSnapshot(cacheOf(1));
  auto first = std::make_shared<net::Cancellation>();
  auto outcome = editor.start("whyalive/sql", kEndless, first);
  auto second = editor.start("whyalive/sql", {{"sql", "SELECT 2"}});
  first->request();
  editor.until([&] { return outcome->has_value() && second->has_value(); });
  REQUIRE(!(*outcome)->has_value());
  CHECK((*outcome)->error().code == ErrorCode::Cancelled);
  CHECK((***second)["rows"] == Json::parse("[[2]]"));
  CHECK(editor.error("whyalive/sql", {{"sql", kEndless["sql"]}, {"timeoutMs", 20}})["message"] ==
        "the query took longer than 20 ms");
}

TEST_CASE("SQL knows the suspects of the session, with their growth") {
  ScriptedEditor editor;
  editor.initialize();
  editor.openSnapshot(cacheOf(3000));
  const Json suspects = editor.request("whyalive/suspects", Json::object())["suspects"];
  const Json rows =
      editor.request("whyalive/sql", {{"sql", "SELECT rank, title FROM suspects"}})["rows"];
  REQUIRE(rows.size() == suspects.size());
  REQUIRE(!rows.empty());
  CHECK(rows[0][1] == suspects[0]["title"]);
}

TEST_CASE("the schema lists tables, columns and functions") {
  ScriptedEditor editor;
  editor.initialize();
  const Json schema = editor.request("whyalive/sqlSchema", Json::object());
  CHECK(schema["tables"][0]["name"] == "objects");
  CHECK(schema["tables"][0]["columns"][0]["type"] == "object");
  CHECK(schema["functions"][0]["name"] == "attr");
}

TEST_CASE("a picture comes with its nodes and edges") {
  ScriptedEditor editor;
  editor.initialize();
  editor.openSnapshot(cacheOf(3));
  const Json graph = editor.request(
      "whyalive/graph",
      {{"type", "Iq"}, {"count", 1}, {"direction", "chain"}, {"format", "dot"}, {"theme", "dark"}});
  CHECK(graph["snapshot"] == "s1");
  CHECK(graph["format"] == "dot");
  CHECK(graph["content"].get<std::string>().starts_with("digraph whyalive {"));
  CHECK(graph["merged"] == false);
  REQUIRE(graph["nodes"].size() == 3);
  CHECK(graph["nodes"][0]["title"] == "__main__");
  CHECK(graph["nodes"][0]["root"] == true);
  CHECK(graph["nodes"][2]["target"] == true);
  CHECK(graph["nodes"][2]["node"] ==
        "o" + std::to_string(graph["nodes"][2]["object"].get<std::uint32_t>()));
  CHECK(graph["edges"][0]["label"] == ".cache");
  CHECK(graph["edges"][1]["from"] == graph["nodes"][1]["node"]);
  CHECK(graph["edges"][1]["to"] == graph["nodes"][2]["node"]);
}

TEST_CASE("pictures that are no text come as base64") {
  ScriptedEditor editor;
  editor.initialize();
  editor.openSnapshot(cacheOf(3));
  const auto content = [&](const char* format) {
    return editor.request("whyalive/graph", {{"type", "app.Iq"}, {"format", format}})["content"]
        .get<std::string>();
  };
  CHECK(content("svg").starts_with("digraph"));  // what the helper of the tests "draws"
  CHECK(content("png").starts_with("ZGlncmFwaCB3"));
}

TEST_CASE("what cannot be drawn says why") {
  ScriptedEditor editor;
  editor.initialize();
  CHECK(editor.request("whyalive/graph", {{"type", "Iq"}})["nodes"].empty());
  editor.openSnapshot(cacheOf(3));
  CHECK(editor.error("whyalive/graph", {{"type", "app.Iqq"}})["remedy"] == "did you mean app.Iq?");
  CHECK(editor.error("whyalive/graph", {{"objects", {999999}}})["message"] ==
        "the snapshot has no object 999999");
  CHECK(editor.error("whyalive/graph", Json::object())["message"] ==
        "params.objects: must name objects, or params.type a type");
  CHECK(editor.error("whyalive/graph", {{"type", "Iq"}, {"depth", 0}})["message"] ==
        "params.depth: must be between 1 and 50");
}

}  // namespace whyalive::session
