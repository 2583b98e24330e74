#include <unistd.h>

#include <string>

#include "protocol/lsp/uri.h"
#include "protocol/snapshot/meta_keys.h"
#include "tests/session/session_support.h"
#include "tests/support/catch.h"
#include "tests/support/heap_builder.h"

namespace whyalive::session {
namespace {

using testing::HeapBuilder;
using testing::Obj;

const std::string kFile = "/work/app.py";
const std::string kText =
    "class Iq:\n"
    "    pass\n"
    "class Client:\n"
    "    def __init__(self):\n"
    "        self._expected = {}\n"
    "    def send(self, number):\n"
    "        self._expected[number] = Iq()\n"
    "client = Client()\n";

// A process whose client keeps `count` Iq under numbers.
std::vector<std::uint8_t> heapWith(int count, const std::string& pid = "4711",
                                   const std::string& startNs = "1000000000000") {
  HeapBuilder b;
  Obj iq = b.cls("app", "Iq");
  Obj client = b.cls("app", "Client");
  Obj expected = b.dict();
  for (int i = 0; i < count; ++i) {
    Obj one = b.instance(iq, {{"body", b.blob("x", 5000)}});
    b.put(expected, b.integer(i), one);
  }
  Obj module = b.module("app", kFile);
  b.set(module, "Iq", iq);
  b.set(module, "Client", client);
  b.set(module, "client", b.instance(client, {{"_expected", expected}}));
  b.meta(snapshot::meta::kPid, pid);
  b.meta(snapshot::meta::kStartTime, startNs);
  b.meta(snapshot::meta::kStoppedNs, "2500000");
  return b.bytes();
}

TEST_CASE("a snapshot becomes the current one, and the editor is told once") {
  ScriptedEditor editor(Files{{kFile, kText}});
  editor.initialize();
  Json result = editor.openSnapshot(heapWith(50), "before");
  CHECK(result["snapshot"] == "s1");
  CHECK(result["label"] == "before");
  CHECK(result["pid"] == 4711);
  CHECK(result["stoppedMs"] == 2.5);
  CHECK(result["objects"].get<int>() > 150);
  Json state = editor.notified["whyalive/stateChanged"].back();
  CHECK(state["current"] == "s1");
  CHECK(state["target"].is_null());
  CHECK(state["snapshots"][0]["objects"] == result["objects"]);

  editor.openSnapshot(heapWith(60));
  editor.until([&] { return !editor.asked["workspace/codeLens/refresh"].empty(); });
  editor.settle();
  // Both snapshots came within the quiet time or not; never more than one refresh for each.
  CHECK(editor.asked["workspace/inlayHint/refresh"].size() <= 2);
  CHECK(editor.notified["whyalive/stateChanged"].back()["snapshots"].size() == 2);
}

TEST_CASE("a client without refresh, progress and showDocument is not asked for them") {
  ScriptedEditor editor(Files{{kFile, kText}});
  editor.initialize(Json::object());
  editor.openSnapshot(heapWith(3000));
  editor.openSnapshot(heapWith(6000));
  editor.request("workspace/executeCommand", {{"command", "whyalive.jumpToLeak"}});
  CHECK(editor.asked.empty());
  CHECK(editor.notified["$/progress"].empty());
}

TEST_CASE("long work reports to the caller's token, or to one of our own") {
  ScriptedEditor editor;
  editor.initialize();
  editor.openSnapshot(heapWith(10));
  REQUIRE(editor.asked["window/workDoneProgress/create"].size() == 1);
  auto& sent = editor.notified["$/progress"];
  REQUIRE(sent.size() >= 2);
  CHECK(sent.front()["token"] == editor.asked["window/workDoneProgress/create"][0]["token"]);
  CHECK(sent.front()["value"]["kind"] == "begin");
  CHECK(sent.back()["value"]["kind"] == "end");

  sent.clear();
  editor.request("whyalive/suspects", {{"since", Json::array({"s1"})}, {"workDoneToken", "mine"}});
  REQUIRE(sent.size() >= 2);
  CHECK(sent.front()["token"] == "mine");
  CHECK(sent.back()["value"]["kind"] == "end");
}

TEST_CASE("a cancelled request says so, and changes nothing") {
  ScriptedEditor editor;
  editor.initialize();
  editor.openSnapshot(heapWith(10));
  auto cancel = std::make_shared<net::Cancellation>();
  auto outcome = editor.start("whyalive/suspects", {{"since", Json::array({"s1"})}}, cancel);
  cancel->request();
  editor.until([&] { return outcome->has_value(); });
  // It may have been too fast for the cancel; if not, it must say that it was cancelled.
  if (!**outcome) CHECK((*outcome)->error().code == ErrorCode::Cancelled);
  CHECK(editor.request("whyalive/suspects", Json::object())["snapshot"] == "s1");
}

TEST_CASE("the heap as a table: by kind, by type, with growth, in pages") {
  ScriptedEditor editor;
  editor.initialize();
  editor.openSnapshot(heapWith(100));
  editor.openSnapshot(heapWith(150));
  Json table = editor.request("whyalive/partition", {{"since", "s1"}, {"by", "type"}});
  CHECK(table["snapshot"] == "s2");
  Json iq;
  for (const Json& row : table["rows"]) {
    if (row["kind"] == "app.Iq") iq = row;
  }
  REQUIRE(iq.is_object());
  CHECK(iq["count"] == 150);
  CHECK(iq["growth"]["count"] == 50);
  Json page = editor.request("whyalive/partition", {{"offset", 1}, {"limit", 1}});
  CHECK(page["rows"].size() == 1);
  CHECK(page["rowCount"] == editor.request("whyalive/partition", Json::object())["rows"].size());
  CHECK(editor.error("whyalive/partition", {{"snapshot", "s9"}}) ==
        Json{{"message", "there is no snapshot s9"}, {"remedy", "there are s1, s2"}});
}

TEST_CASE("a snapshot that is saved can be opened again") {
  ScriptedEditor editor;
  editor.initialize();
  Json first = editor.openSnapshot(heapWith(10));
  std::string path = "/tmp/whyalive-saved-" + std::to_string(getpid()) + ".whyalive";
  Json saved = editor.request("whyalive/saveSnapshot", {{"path", path}});
  CHECK(saved["bytes"].get<int>() > 100);
  Json again = editor.request("whyalive/openSnapshot", {{"path", path}});
  unlink(path.c_str());
  CHECK(again["snapshot"] == "s2");
  CHECK(again["objects"] == first["objects"]);
  CHECK(again["bytes"] == first["bytes"]);
}

TEST_CASE("growth is told only against snapshots of the same process") {
  ScriptedEditor editor(Files{{kFile, kText}});
  editor.initialize();
  editor.openSnapshot(heapWith(3000, "1", "1000000000000"));
  editor.openSnapshot(heapWith(9000, "1", "5000000000000"));  // the number was used again
  CHECK(editor.hints(kFile).dump().find("+6,000") == std::string::npos);
  editor.openSnapshot(heapWith(9500, "1", "5000000000100"));  // the clock wavers
  CHECK(editor.hints(kFile).dump().find("+500") != std::string::npos);
  editor.openSnapshot(heapWith(10500, "2", "5000000000000"));
  CHECK(editor.hints(kFile).dump().find("+1,000") == std::string::npos);
}

// Opened, with two snapshots whose only suspect is client._expected.
void openLeak(ScriptedEditor& editor) {
  editor.initialize();
  editor.open(kFile, kText);
  editor.openSnapshot(heapWith(3000));
  editor.openSnapshot(heapWith(6000));
}

TEST_CASE("a suspect that is marked as expected goes from everything shown") {
  ScriptedEditor editor;
  openLeak(editor);
  Json suspects = editor.request("whyalive/suspects", Json::object())["suspects"];
  REQUIRE(suspects.size() == 1);
  CHECK(editor.notified["whyalive/stateChanged"].back()["suspects"] == 1);
  CHECK(editor.notified["textDocument/publishDiagnostics"].back()["diagnostics"].size() == 1);

  Json actions = editor.request(
      "textDocument/codeAction",
      {{"textDocument", {{"uri", lsp::uriFromPath(kFile)}}},
       {"range",
        {{"start", {{"line", 6}, {"character", 0}}}, {"end", {{"line", 6}, {"character", 0}}}}},
       {"context", {{"diagnostics", Json::array()}}}});
  Json mark;
  for (const Json& one : actions) {
    if (one["title"].get<std::string>().starts_with("Mark as expected")) mark = one["command"];
  }
  REQUIRE(mark.is_object());
  editor.request("workspace/executeCommand",
                 {{"command", mark["command"]}, {"arguments", mark["arguments"]}});
  CHECK(editor.request("whyalive/suspects", Json::object())["suspects"].empty());
  CHECK(editor.notified["whyalive/stateChanged"].back()["suspects"] == 0);
  CHECK(editor.notified["textDocument/publishDiagnostics"].back()["diagnostics"].empty());
  CHECK(editor.request("workspace/executeCommand", {{"command", "whyalive.jumpToLeak"}}).is_null());

  // By the settings it is the same, and taking it out of them brings it back.
  std::string signature = suspects[0]["signature"];
  ScriptedEditor other;
  openLeak(other);
  auto expect = [&](Json signatures) {
    other.notify("workspace/didChangeConfiguration",
                 {{"settings", {{"expectedSuspects", signatures}}}});
    return other.request("whyalive/suspects", Json::object())["suspects"].size();
  };
  CHECK(expect(Json::array({signature})) == 0);
  CHECK(expect(Json::array()) == 1);
}

TEST_CASE("jumping leads to the line as it is now, of the store or of the holder") {
  ScriptedEditor editor;
  openLeak(editor);
  auto jump = [&](const char* command) {
    return editor.request("workspace/executeCommand", {{"command", command}});
  };
  CHECK(jump("whyalive.jumpToLeak")["range"]["start"]["line"] == 6);
  CHECK(jump("whyalive.jumpToHolder")["range"]["start"]["line"] == 4);
  editor.notify(
      "textDocument/didChange",
      {{"textDocument", {{"uri", lsp::uriFromPath(kFile)}, {"version", 2}}},
       {"contentChanges",
        {{{"range",
           {{"start", {{"line", 0}, {"character", 0}}}, {"end", {{"line", 0}, {"character", 0}}}}},
          {"text", "# one\n# two\n"}}}}});
  CHECK(jump("whyalive.jumpToLeak")["range"]["start"]["line"] == 8);
  CHECK(editor.asked["window/showDocument"].back()["selection"]["start"]["line"] == 8);
  // Diagnostics move with their line once the typing stops.
  auto& published = editor.notified["textDocument/publishDiagnostics"];
  editor.until([&] { return published.back()["diagnostics"][0]["range"]["start"]["line"] == 8; });
}

TEST_CASE("edits reach the index in the editor's own columns") {
  ScriptedEditor editor;
  std::string encoding = GENERATE(as<std::string>(), "utf-8", "utf-16", "utf-32");
  editor.initialize({{"general", {{"positionEncodings", {encoding, "utf-16"}}}}});
  editor.open(kFile, "s = 'é𝄞'; x = 1\n");
  // Replaces the 1 at the end; before it stand é (2 bytes, 1 unit) and a clef (4 bytes, 2 units).
  int at = encoding == "utf-8" ? 18 : encoding == "utf-32" ? 14 : 15;
  editor.notify("textDocument/didChange",
                {{"textDocument", {{"uri", lsp::uriFromPath(kFile)}, {"version", 2}}},
                 {"contentChanges",
                  {{{"range",
                     {{"start", {{"line", 0}, {"character", at}}},
                      {"end", {{"line", 0}, {"character", at + 1}}}}},
                    {"text", "class A: pass"}}}}});
  CHECK(editor.notified["window/logMessage"].empty());
  editor.notify(
      "textDocument/didChange",
      {{"textDocument", {{"uri", lsp::uriFromPath(kFile)}, {"version", 3}}},
       {"contentChanges",
        {{{"range",
           {{"start", {{"line", 0}, {"character", 5}}}, {"end", {{"line", 0}, {"character", 1}}}}},
          {"text", ""}}}}});
  CHECK(editor.notified["window/logMessage"].size() == 1);  // a range that ends before it starts
}

TEST_CASE("documents that are not Python files are left alone") {
  ScriptedEditor editor;
  editor.initialize();
  for (std::string uri : {"untitled:1", "file:///x.txt"}) {
    Json document{{"uri", uri}, {"languageId", "plaintext"}, {"version", 1}, {"text", ""}};
    editor.notify("textDocument/didOpen", {{"textDocument", document}});
    editor.notify("textDocument/didChange", {{"textDocument", {{"uri", uri}, {"version", 2}}},
                                             {"contentChanges", {{{"text", "y"}}}}});
    editor.notify("textDocument/didClose", {{"textDocument", {{"uri", uri}}}});
  }
  CHECK(editor.notified["window/logMessage"].empty());
}

TEST_CASE("settings can change while a session runs") {
  ScriptedEditor editor;
  editor.initialize();
  editor.notify("workspace/didChangeConfiguration",
                {{"settings", {{"whyalive", {{"hints", {{"enabled", 5}}}}}}}});
  CHECK(editor.notified["window/logMessage"].back()["message"] ==
        "workspace/didChangeConfiguration: whyalive.hints.enabled: type must be boolean, but is "
        "number");
  editor.notify("workspace/didChangeConfiguration",
                {{"settings", {{"whyalive", {{"hints", {{"enabled", false}}}}}}}});
  editor.until([&] { return !editor.asked["workspace/inlayHint/refresh"].empty(); });
  CHECK(editor.hints(kFile).empty());
}

}  // namespace
}  // namespace whyalive::session
