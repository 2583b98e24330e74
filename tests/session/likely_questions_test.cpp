// What is prepared while nobody asks is what the heap panel asks for next, and changes no answer.
#include "server/session/likely_questions.h"

#include <tuple>

#include "protocol/snapshot/meta_keys.h"
#include "server/heap/analysis.h"
#include "server/session/kept_report.h"
#include "tests/session/session_support.h"
#include "tests/support/catch.h"
#include "tests/support/heap_builder.h"

namespace whyalive::session {
namespace {

using testing::HeapBuilder;
using testing::Obj;

// A registry of so many entries that know each other, and a ring that is garbage.
HeapBuilder registry(int count) {
  HeapBuilder b;
  b.meta(snapshot::meta::kPid, "77");
  const Obj main = b.module("app", "/app.py");
  const Obj entry = b.cls("app", "Entry");
  const Obj entries = b.dict();
  for (int i = 0; i < count; ++i) {
    const Obj one = b.instanceWithDict(entry, {{"name", b.text("entry " + std::to_string(i))}});
    b.setAttribute(one, "own", b.list({one}));
    b.put(entries, b.integer(i), one);
  }
  b.set(main, "Entry", entry);
  b.set(main, "entries", entries);
  const Obj lost = b.instance(entry);
  b.setAttribute(lost, "me", lost);
  return b;
}

SnapshotPtr stored(const std::string& id, int entries) {
  StoredSnapshot snapshot;
  snapshot.id = id;
  snapshot.analysis = registry(entries).analyse();
  snapshot.kept = std::make_shared<KeptReports>();
  return std::make_shared<const StoredSnapshot>(std::move(snapshot));
}

const RunControl kStop([](std::string_view, double) { return false; });

// How the panel's tabs ask: Overview, and Kinds in each of its groupings.
std::vector<api::PartitionParams> panelAsks() {
  using enum api::PartitionBy;
  std::vector<api::PartitionParams> asked;
  for (const api::PartitionBy by : {Kind, Type, Module, Holder, Referrers, Via, Size}) {
    for (const std::uint32_t limit : {2000, 200, 100}) {
      api::PartitionParams params;
      params.snapshot = "s2";
      params.by = by;
      params.limit = limit;
      asked.push_back(params);
    }
  }
  return asked;
}

// Whether it is there already: who must make it sees the control say stop.
bool isThere(const StoredSnapshot& now, const StoredSnapshot* since, api::PartitionParams params) {
  if (since != nullptr) params.since = since->id;
  return pageOf(now, since, params, nullptr, kStop).has_value();
}

const Json kTables = Json::parse(R"([
  {"by":"kind","limit":2000},{"by":"type"},{"by":"module","limit":200},{"by":"holder"},
  {"by":"referrers","limit":30},{"by":"via"},{"by":"size"}])");

}  // namespace

TEST_CASE("after the likely questions all that the panel asks for is there") {
  const SnapshotPtr before = stored("s1", 10);
  for (const SnapshotPtr& since : {SnapshotPtr(), before}) {
    const SnapshotPtr now = stored("s2", 40);
    int stopped = 0;
    for (const WarmUp::Step& step : likelyQuestions(now, since)) {
      INFO(step.name);
      if (const auto made = step.make(kStop); !made) {
        CHECK(made.error().code == ErrorCode::Cancelled);
        ++stopped;
      }
      CHECK(step.make(RunControl()).has_value());
    }
    CHECK(stopped > 4);
    for (const api::PartitionParams& params : panelAsks()) {
      INFO(tableName(params) << " " << params.limit);
      CHECK(isThere(*now, since.get(), params));
    }
    CHECK(cyclesOf(*now, kStop).has_value());
    CHECK(flameOf(*now, kStop).has_value());
  }
}

TEST_CASE("a table that is longer than a page is prepared to its end") {
  HeapBuilder b = registry(3);
  const Obj main = b.module("sizes", "/sizes.py");
  for (int i = 0; i < 2100; ++i) {
    const Obj one = b.list({});
    b.resize(one, 100'000 + static_cast<std::uint64_t>(i) * 16);
    b.set(main, "list" + std::to_string(i), one);
  }
  StoredSnapshot snapshot;
  snapshot.analysis = b.analyse();
  snapshot.kept = std::make_shared<KeptReports>();
  const auto now = std::make_shared<const StoredSnapshot>(std::move(snapshot));
  for (const WarmUp::Step& step : likelyQuestions(now, nullptr)) CHECK(step.make(RunControl()));
  api::PartitionParams params;
  params.by = api::PartitionBy::Size;
  params.offset = params.limit = 2000;
  const auto last = pageOf(*now, nullptr, params, nullptr, kStop);
  REQUIRE(last.has_value());
  CHECK((*last)->rowCount > 2100);
  CHECK((*last)->rows.size() == (*last)->rowCount - 2000);
}

TEST_CASE("what people look at first is there with the snapshot") {
  const SnapshotPtr now = stored("s1", 40);
  for (const auto& make : firstTables(*now, nullptr)) CHECK(make(RunControl()).has_value());
  api::PartitionParams params;
  params.limit = 200;
  CHECK(isThere(*now, nullptr, params));
  params.by = api::PartitionBy::Module;
  CHECK(isThere(*now, nullptr, params));
  params.by = api::PartitionBy::Holder;
  CHECK_FALSE(isThere(*now, nullptr, params));
}

TEST_CASE("how a table divides the heap is kept for whoever opens one of its rows") {
  const SnapshotPtr now = stored("s1", 40);
  CHECK_FALSE(likelyAfter(now, api::PartitionBy::Kind).has_value());
  CHECK_FALSE(likelyAfter(now, api::PartitionBy::Id).has_value());
  const auto step = likelyAfter(now, api::PartitionBy::Via);
  REQUIRE(step.has_value());
  auto& latest = now->kept->classification;
  CHECK_FALSE(latest.get(*now->analysis, heap::PartitionBy::Via, kStop).has_value());
  CHECK(step->make(RunControl()).has_value());
  CHECK(latest.get(*now->analysis, heap::PartitionBy::Via, kStop).has_value());
}

TEST_CASE("nothing is prepared for those who never look at a table") {
  ScriptedEditor editor(Files{{"/app.py", "entries = {}\n"}});
  editor.initialize();
  editor.openSnapshot(registry(5).bytes());
  editor.open("/app.py", "entries = {}\n");
  editor.hints("/app.py");
  editor.request("whyalive/suspects", Json::object());
  editor.request("whyalive/paths", {{"type", "app.Entry"}});
  CHECK(editor.idle() == 0);
}

TEST_CASE("the first look at a table prepares the others, unseen, and changes no answer") {
  ScriptedEditor cold, warm;
  for (ScriptedEditor* editor : {&cold, &warm}) {
    editor->initialize();
    editor->openSnapshot(registry(50).bytes());
  }
  const std::size_t progress = warm.notified["$/progress"].size();
  const std::size_t created = warm.asked["window/workDoneProgress/create"].size();
  warm.request("whyalive/dominators", Json::object());
  CHECK(warm.idle() == 9);
  CHECK(warm.idle() == 0);
  CHECK(warm.notified["$/progress"].size() == progress);
  CHECK(warm.asked["window/workDoneProgress/create"].size() == created);
  for (const Json& params : kTables) {
    CHECK(warm.request("whyalive/partition", params) == cold.request("whyalive/partition", params));
  }
  for (const std::string method : {"whyalive/cycles", "whyalive/flame"}) {
    CHECK(warm.request(method, Json::object()) == cold.request(method, Json::object()));
  }
  // How the last table divides the heap, for its rows; the first one's is not wanted any more.
  CHECK(warm.idle() == 2);
}

TEST_CASE("a new snapshot, and one that is closed, are prepared no further") {
  ScriptedEditor editor;
  editor.initialize();
  editor.openSnapshot(registry(5).bytes());
  editor.request("whyalive/cycles", Json::object());
  editor.openSnapshot(registry(6).bytes());
  CHECK(editor.idle() <= 1);  // what was begun sees that nobody wants it
  editor.request("whyalive/cycles", Json::object());
  editor.request("whyalive/closeSnapshot", {{"snapshot", "s1"}});  // it was compared with that one
  CHECK(editor.idle() <= 1);
  editor.request("whyalive/cycles", Json::object());
  CHECK(editor.idle() == 9);
}

TEST_CASE("after shutdown nothing is prepared any more") {
  ScriptedEditor editor;
  editor.initialize();
  editor.openSnapshot(registry(5).bytes());
  editor.request("whyalive/flame", Json::object());
  editor.request("shutdown");
  CHECK(editor.idle() <= 1);
}

}  // namespace whyalive::session
