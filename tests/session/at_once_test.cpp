// Questions that several threads answer at once. What these share (kept answers, SQL's desk,
// settled sizes, the index of sources) shows its faults here to ThreadSanitizer; without it, wrong
// answers do.
#include <utility>
#include <vector>

#include "protocol/snapshot/meta_keys.h"
#include "tests/session/session_support.h"
#include "tests/support/catch.h"
#include "tests/support/heap_builder.h"

namespace whyalive::session {
namespace {

using testing::HeapBuilder;
using testing::Obj;

constexpr std::size_t kThreads = 4;

const std::string kSource =
    "class Job:\n"
    "    def __init__(self, number):\n"
    "        self.number = number\n"
    "\n"
    "\n"
    "jobs = {}\n"
    "\n"
    "\n"
    "def add(number):\n"
    "    jobs[number] = Job(number)\n";

// So many jobs in a dict, as many strings in a list, and a cycle that is garbage.
std::vector<std::uint8_t> queueOf(int count) {
  HeapBuilder b;
  b.meta(snapshot::meta::kPid, "77");
  b.meta(snapshot::meta::kTime, std::to_string(1'700'000'000'000'000'000 + count));
  const Obj main = b.module("app", "/app.py");
  const Obj job = b.cls("app", "Job");
  b.set(main, "Job", job);
  const Obj jobs = b.dict();
  const Obj log = b.list();
  for (int i = 0; i < count; ++i) {
    b.put(jobs, b.integer(i), b.instanceWithDict(job, {{"number", b.integer(1000 + i)}}));
    b.append(log, b.text("job " + std::to_string(i)));
  }
  b.set(main, "jobs", jobs);
  b.set(main, "log", log);
  const Obj lost = b.instance(job);
  b.setAttribute(lost, "me", lost);
  return b.bytes();
}

struct Queue : ScriptedEditor {
  explicit Queue(std::size_t threads) : ScriptedEditor(Files{{"/app.py", kSource}}, threads) {
    initialize();
    openSnapshot(queueOf(40));
    openSnapshot(queueOf(90));
  }
};

using Question = std::pair<std::string, Json>;

std::vector<Question> questions() {
  std::vector<Question> all = {
      {"objects", {{"type", "app.Job"}, {"limit", 7}}},
      {"object", {{"id", 1}}},
      {"referrers", {{"object", 1}}},
      {"referents", {{"object", 1}}},
      {"paths", {{"type", "app.Job"}}},
      {"dominators", Json::object()},
      {"flame", {{"maxNodes", 50}}},
      {"cycles", Json::object()},
      {"classes", {{"types", {"app.Job"}}}},
      {"timeline", {{"series", {{{"by", "type"}, {"name", "app.Job"}}}}}},
      {"suspects", {{"since", {"s1"}}}},
      {"graph", {{"type", "app.Job"}, {"format", "svg"}}},
      {"sql", {{"sql", "SELECT type, count(*), sum(retained) FROM objects GROUP BY type"}}},
      {"sql", {{"sql", "SELECT count(*) FROM refs r JOIN objects o ON o.id = r.source"}}},
      {"partition", {{"where", "type = 'app.Job'"}}},
  };
  for (const char* by : {"kind", "module", "holder", "referrers", "via", "size", "id"}) {
    all.push_back({"partition", {{"by", by}, {"since", "s1"}}});
    all.push_back({"partition", {{"by", by}, {"snapshot", "s1"}, {"limit", 3}}});
  }
  for (const char* by : {"kind", "holder", "path"}) {
    all.push_back({"diff", {{"by", by}, {"since", {"s1"}}}});
  }
  return all;
}

}  // namespace

TEST_CASE("what is asked at once is answered as what is asked one by one") {
  const std::vector<Question> asked = questions();
  std::vector<Json> expected;
  {
    Queue editor(1);
    for (const auto& [name, params] : asked) {
      expected.push_back(editor.request("whyalive/" + name, params));
    }
  }
  Queue editor(kThreads);
  std::vector<std::shared_ptr<std::optional<Result<Json>>>> outcomes;
  for (int i = 0; i < 2; ++i) {
    for (const auto& [name, params] : asked) {
      outcomes.push_back(editor.start("whyalive/" + name, params));
    }
  }
  editor.open("/app.py", "import os\n" + kSource);  // and somebody types meanwhile
  editor.openSnapshot(queueOf(120));
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    editor.until([&] { return outcomes[i]->has_value(); });
    const auto& [name, params] = asked[i % asked.size()];
    INFO(name << " " << params.dump());
    REQUIRE((**outcomes[i]).has_value());
    CHECK(***outcomes[i] == expected[i % asked.size()]);
  }
  editor.hints("/app.py");
}

TEST_CASE("questions that are cancelled at once leave the others their answers") {
  Queue editor(kThreads);
  std::vector<std::shared_ptr<std::optional<Result<Json>>>> outcomes;
  for (const auto& [name, params] : questions()) {
    auto cancelled = std::make_shared<net::Cancellation>();
    outcomes.push_back(editor.start("whyalive/" + name, params, cancelled));
    const auto kept = editor.start("whyalive/" + name, params);
    cancelled->request();
    editor.until([&] { return kept->has_value(); });
    INFO(name << " " << params.dump());
    CHECK((**kept).has_value());
  }
  for (const auto& outcome : outcomes) editor.until([&] { return outcome->has_value(); });
}

}  // namespace whyalive::session
