// Objects, paths, dominators, cycles and comparisons through the protocol.
#include <algorithm>

#include "protocol/snapshot/meta_keys.h"
#include "tests/session/session_support.h"
#include "tests/support/catch.h"
#include "tests/support/heap_builder.h"

namespace whyalive::session {
namespace {

using testing::HeapBuilder;
using testing::Obj;

const std::string kSource =
    "class Order:\n"
    "    def __init__(self, number):\n"
    "        self.number = number\n"
    "\n"
    "\n"
    "orders = {}\n"
    "\n"
    "\n"
    "def place(number):\n"
    "    orders[number] = Order(number)\n";

// So many orders in a dict, one of them in a list as well, and a cycle that is garbage.
std::vector<std::uint8_t> shop(int count, const std::string& pid = "77") {
  HeapBuilder b;
  b.meta(snapshot::meta::kPid, pid);
  const Obj main = b.module("app", "/app.py");
  const Obj order = b.cls("app", "Order");
  b.set(main, "Order", order);
  const Obj orders = b.dict();
  const Obj recent = b.list();
  for (int i = 0; i < count; ++i) {
    const Obj one = b.instanceWithDict(order, {{"number", b.integer(1000 + i)}});
    b.put(orders, b.integer(i), one);
    if (i == 0) b.append(recent, one);
  }
  b.set(main, "orders", orders);
  b.set(main, "recent", recent);
  const Obj lost = b.instance(order);
  b.setAttribute(lost, "me", lost);
  return b.bytes();
}

struct Shop : ScriptedEditor {
  Shop() : ScriptedEditor(Files{{"/app.py", kSource}}) { initialize(); }
  Json first(const std::string& method, const Json& params) {
    const Json rows = request(method, params)["rows"];
    REQUIRE(!rows.empty());
    return rows[0];
  }
  std::uint32_t idOf(const std::string& expression) {
    const Json rows = request("whyalive/objects", {{"limit", 10000}})["rows"];
    for (const Json& row : rows) {
      if (row["expression"] == expression) return row["id"].get<std::uint32_t>();
    }
    FAIL("no object is reached by " << expression);
    return 0;
  }
};

const std::vector<std::string> kMethods{"objects", "paths", "dominators", "flame",
                                        "cycles",  "diff",  "timeline"};

}  // namespace

TEST_CASE("before a snapshot every question answers empty") {
  Shop editor;
  for (const std::string& method : kMethods) {
    INFO(method);
    const Json params = method == "paths" ? Json{{"type", "Order"}} : Json::object();
    const Json result = editor.request("whyalive/" + method, params);
    const char* list = method == "paths"      ? "paths"
                       : method == "flame"    ? "nodes"
                       : method == "timeline" ? "snapshots"
                                              : "rows";
    CHECK(result[list].empty());
  }
  CHECK(editor.request("whyalive/object", {{"id", 1}})["rows"].empty());
  CHECK(editor.request("whyalive/referrers", {{"object", 1}})["rows"].empty());
  CHECK(editor.error("whyalive/closeSnapshot", {{"snapshot", "s1"}})["message"] ==
        "there is no snapshot yet");
}

TEST_CASE("objects of a set are listed in pages") {
  Shop editor;
  editor.openSnapshot(shop(30));
  const Json all = editor.request("whyalive/objects", {{"type", "Order"}, {"limit", 2}});
  CHECK(all["total"]["count"] == 31);
  REQUIRE(all["rows"].size() == 2);
  CHECK(all["rows"][0]["type"] == "app.Order");
  CHECK(all["rows"][0]["value"] == "<app.Order>");
  CHECK(all["rows"][0]["address"].get<std::string>().starts_with("0x"));
  CHECK(all["rows"][0]["retained"] >= all["rows"][1]["retained"]);
  const Json some = editor.request(
      "whyalive/objects", {{"row", {{"by", "kind"}, {"kind", "app.Order"}}},
                           {"where", "id = " + std::to_string(editor.idOf("app.orders[7]"))}});
  REQUIRE(some["rows"].size() == 1);
  CHECK(some["rows"][0]["expression"] == "app.orders[7]");
  const Json bySize = editor.request("whyalive/objects", {{"order", "entries"}, {"limit", 1}});
  CHECK(bySize["rows"][0]["entries"] == 30);
  CHECK(bySize["rows"][0]["value"].get<std::string>().starts_with("{0: <app.Order>, 1: "));

  CHECK(editor.error("whyalive/objects", {{"type", "Ordr"}})["remedy"] ==
        "did you mean app.Order?");
  CHECK(editor.error("whyalive/objects", {{"limit", 20000}})["message"] ==
        "params.limit: must be at most 10000");
  CHECK(editor.error("whyalive/objects", {{"row", {{"by", "kind"}}}})["message"] ==
        "params.row.kind: is missing");
  CHECK(
      editor.error("whyalive/objects", {{"where", "sizes > 3"}})["message"].get<std::string>().find(
          "no such column: sizes") != std::string::npos);
  CHECK(editor.error("whyalive/objects", {{"newSince", "s9"}})["message"] ==
        "there is no snapshot s9");
}

TEST_CASE("one object is told with its fields, its holder and the lines that fill it") {
  Shop editor;
  editor.openSnapshot(shop(30));
  const std::uint32_t id = editor.idOf("app.orders[7]");
  const Json told = editor.request("whyalive/object", {{"id", id}});
  CHECK(told["object"]["id"] == id);
  CHECK(told["reachable"] == true);
  CHECK(told["holder"]["expression"] == "app.orders[7]");
  CHECK(told["referrerCount"] == 1);
  const auto number = std::ranges::find(
      told["rows"], ".number", [](const Json& row) { return row["label"].get<std::string>(); });
  REQUIRE(number != told["rows"].end());
  CHECK((*number)["object"]["value"] == "1007");
  CHECK((*number)["kind"] == "attribute");
  CHECK(told["fieldCount"] == told["rows"].size());
  std::vector<std::string> lines;
  for (const Json& place : told["locations"]) {
    lines.push_back(place["role"].get<std::string>() + " " + place["text"].get<std::string>());
  }
  CHECK(std::ranges::count(lines, "store orders[number] = Order(number)") == 1);
  CHECK(std::ranges::count(lines, "define orders = {}") == 1);
  CHECK(std::ranges::count(lines, "class class Order:") == 1);

  const Json same =
      editor.request("whyalive/object", {{"address", told["object"]["address"]}, {"limit", 0}});
  CHECK(same["object"] == told["object"]);
  CHECK(same["rows"].empty());
  CHECK(editor.error("whyalive/object", Json::object())["message"] ==
        "params.id: name the object by either `id` or `address`");
  CHECK(editor.error("whyalive/object", {{"address", "0xzz"}})["message"] ==
        "params.address: must be a number such as 0x7f3a5c0d2e10");
  CHECK(editor.error("whyalive/object", {{"id", 999999}})["message"] ==
        "the snapshot has no object 999999");
}

TEST_CASE("referrers and referents lead from object to object") {
  Shop editor;
  editor.openSnapshot(shop(5));
  const std::uint32_t orders = editor.idOf("app.orders");
  const Json module = editor.first("whyalive/referrers", {{"object", orders}});
  CHECK(module["label"] == ".orders");
  CHECK(module["owner"]["value"] == "<module>");
  const Json entries =
      editor.request("whyalive/referents", {{"object", orders}, {"offset", 2}, {"limit", 2}});
  CHECK(entries["rowCount"] == 5);
  REQUIRE(entries["rows"].size() == 2);
  CHECK(entries["rows"][0]["label"] == "[2]");
  CHECK(entries["rows"][0]["key"].is_number());
  CHECK(editor.error("whyalive/referents", Json::object())["message"] ==
        "params.object: is missing");
}

TEST_CASE("paths are told as expressions and as a tree") {
  Shop editor;
  editor.openSnapshot(shop(20));
  const std::uint32_t id = editor.idOf("app.orders[0]");
  const Json one = editor.request("whyalive/paths", {{"objects", {id}}});
  REQUIRE(one["paths"].size() == 2);
  CHECK(one["paths"][0]["expression"] == "app.orders[0]");
  CHECK(one["paths"][1]["expression"] == "app.recent[0]");
  CHECK(one["objects"] == 1);
  REQUIRE(one["tree"].size() == 5);
  CHECK(one["tree"][0]["label"] == "module app");
  CHECK(!one["tree"][0].contains("parent"));
  CHECK(one["tree"][1]["parent"] == 0);
  CHECK(one["tree"][2]["paths"] == Json::parse("[0]"));

  const Json all = editor.request("whyalive/paths", {{"type", "Order"}, {"count", 1}});
  CHECK(all["objects"] == 21);
  CHECK(all["unreachable"] == 1);
  CHECK(all["paths"][0]["expression"] == "app.orders[…]");
  CHECK(all["pathCount"] == 2);  // one is in app.recent, too
  CHECK(editor.error("whyalive/paths", Json::object())["message"] ==
        "params.objects: must name objects, or params.type a type");
  CHECK(editor.error("whyalive/paths", {{"type", "Order"}, {"count", 0}})["message"] ==
        "params.count: must be between 1 and 1000");
}

TEST_CASE("dominators are browsed by object and by kind; the flame graph has their places") {
  Shop editor;
  editor.openSnapshot(shop(20));
  const std::uint32_t orders = editor.idOf("app.orders");
  const Json kinds = editor.request("whyalive/dominators", {{"object", orders}, {"by", "kind"}});
  REQUIRE(kinds["rows"].size() >= 1);
  CHECK(kinds["rows"][0]["kind"] == "app.Order");
  CHECK(kinds["rows"][0]["count"] == 19);  // one is in the list as well
  const Json below = editor.request("whyalive/dominators",
                                    {{"object", orders}, {"kinds", {"app.Order"}}, {"limit", 3}});
  CHECK(below["count"] == 19);
  CHECK(below["rows"].size() == 3);
  CHECK(below["rows"][0]["object"]["kind"] == "dict of app.Order");
  const Json top = editor.request("whyalive/dominators", Json::object());
  CHECK(top["count"] == 0);
  CHECK(top["retained"].get<std::uint64_t>() > below["retained"].get<std::uint64_t>());

  const Json flame = editor.request("whyalive/flame", {{"maxNodes", 5}});
  CHECK(flame["nodes"].size() == 5);
  CHECK(flame["nodes"][0]["label"] == "reachable objects");
  CHECK(editor.error("whyalive/flame", {{"maxNodes", 0}})["message"] ==
        "params.maxNodes: must be between 1 and 20000");
  CHECK(editor.error("whyalive/flame", {{"under", "12"}})["message"] ==
        "the snapshot has no place of this signature");
}

TEST_CASE("cycles come with the state of the collector") {
  Shop editor;
  editor.openSnapshot(shop(5));
  const Json cycles = editor.request("whyalive/cycles", {{"state", "garbage"}});
  CHECK(cycles["garbage"]["cycles"] == 1);
  REQUIRE(cycles["rows"].size() == 1);
  const Json& row = cycles["rows"][0];
  CHECK(row["expression"] == "Order.me");
  CHECK(row["ring"][0]["label"] == ".me");
  CHECK(row["cut"]["breaks"] == true);
  CHECK(!row.contains("holder"));
  CHECK(editor.request("whyalive/cycles", {{"state", "live"}})["rows"].empty());
  CHECK(editor.error("whyalive/cycles", {{"state", "dead"}})["message"] ==
        "params.state: must be one of garbage, live");
}

TEST_CASE("snapshots are compared by kind and by holder, and over time") {
  Shop editor;
  for (const int count : {10, 20, 40}) editor.openSnapshot(shop(count));
  const Json kinds = editor.request("whyalive/diff", {{"by", "type"}});
  CHECK(kinds["snapshots"] == Json::parse(R"(["s1","s2","s3"])"));
  const auto order = std::ranges::find(
      kinds["rows"], "app.Order", [](const Json& row) { return row["label"].get<std::string>(); });
  REQUIRE(order != kinds["rows"].end());
  CHECK((*order)["counts"] == Json::parse("[11,21,41]"));
  CHECK((*order)["grewAlways"] == true);
  CHECK((*order)["growth"]["count"] == 30);
  CHECK(kinds["objects"]["added"].get<int>() > 0);
  const Json holders =
      editor.request("whyalive/diff", {{"by", "holder"}, {"since", {"s1"}}, {"limit", 1}});
  REQUIRE(holders["rows"].size() == 1);
  CHECK(holders["rows"][0]["label"] == "app.orders");
  CHECK(holders["rows"][0]["counts"] == Json::parse("[10,40]"));
  CHECK(holders["rows"][0]["holder"]["expression"] == "app.orders");

  const Json timeline = editor.request(
      "whyalive/timeline", {{"series",
                             {{{"by", "type"}, {"name", "app.Order"}},
                              {{"by", "holder"}, {"name", holders["rows"][0]["signature"]}}}}});
  CHECK(timeline["snapshots"].size() == 3);
  CHECK(timeline["total"].size() == 3);
  const auto counts = [&](int i) {
    std::vector<int> all;
    for (const Json& point : timeline["series"][static_cast<std::size_t>(i)]["points"]) {
      all.push_back(point["count"].get<int>());
    }
    return all;
  };
  CHECK(counts(0) == std::vector<int>{11, 21, 41});
  CHECK(counts(1) == std::vector<int>{10, 20, 40});
  CHECK(timeline["series"][1]["label"] == "app.orders");
}

TEST_CASE("other processes' snapshots are not in a timeline, and single objects not compared") {
  Shop editor;
  editor.openSnapshot(shop(10, "77"));
  editor.openSnapshot(shop(10, "78"));
  CHECK(editor.request("whyalive/timeline", Json::object())["snapshots"].size() == 1);
  CHECK(!editor.request("whyalive/diff", {{"since", {"s1"}}}).contains("objects"));
  CHECK(editor.request("whyalive/diff", Json::object())["rows"].empty());
}

TEST_CASE("a closed snapshot is gone, and the newest that is left is the current one") {
  Shop editor;
  editor.openSnapshot(shop(10));
  editor.openSnapshot(shop(20));
  editor.request("whyalive/closeSnapshot", {{"snapshot", "s2"}});
  CHECK(editor.notified["whyalive/stateChanged"].back()["current"] == "s1");
  CHECK(editor.request("whyalive/objects", {{"type", "Order"}})["total"]["count"] == 11);
  CHECK(editor.error("whyalive/objects", {{"snapshot", "s2"}})["message"] ==
        "there is no snapshot s2");
  editor.request("whyalive/closeSnapshot", {{"snapshot", "s1"}});
  CHECK(editor.notified["whyalive/stateChanged"].back()["current"].is_null());
  CHECK(editor.request("whyalive/objects", Json::object())["rows"].empty());
  editor.openSnapshot(shop(5));
  CHECK(editor.notified["whyalive/stateChanged"].back()["current"] == "s3");
}

}  // namespace whyalive::session
