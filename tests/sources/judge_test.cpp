#include "server/sources/judge.h"

#include "tests/sources/locate_support.h"
#include "tests/support/catch.h"

namespace whyalive::sources {
namespace {

Judgement judged(const std::string& text, const heap::Suspect& suspect) {
  FakeFiles disk{{{"/app/app.py", text}}, {}};
  SourceIndex index(disk.reader());
  const std::vector<ModuleFile> modules = {{"app", "/app/app.py"}};
  return judge(suspect, locate(suspect, modules, index), index);
}

TEST_CASE("a container that is emptied when full is bounded") {
  CHECK(judged(R"(
class Cache:
    def __init__(self): self.entries = {}
    def put(self, k, v):
        self.entries[k] = v
        if len(self.entries) > 100: self.entries.popitem()
)",
               attributeSuspect("entries", {"app.Cache"})) == Judgement::Bounded);
  CHECK(judged(R"(
class Cache:
    def __init__(self): self.entries = {}
    def put(self, k, v):
        self.entries[k] = v
        self._trim()
    def _trim(self):
        while len(self.entries) > self.limit: del self.entries[next(iter(self.entries))]
)",
               attributeSuspect("entries", {"app.Cache"})) == Judgement::Bounded);
  CHECK(judged("from collections import deque\nRECENT = deque(maxlen=50)\n"
               "def note(x): RECENT.append(x)\n",
               globalSuspect("app", "RECENT", "collections.deque")) == Judgement::Bounded);
}

TEST_CASE("removing without a limit, or measuring without removing, clears nothing") {
  CHECK(judged(R"(
class Waiters:
    def __init__(self): self.entries = {}
    def put(self, k, v): self.entries[k] = v
    def done(self, k): self.entries.pop(k)
)",
               attributeSuspect("entries", {"app.Waiters"})) == Judgement::Open);
  CHECK(judged(R"(
class Log:
    def __init__(self): self.entries = []
    def put(self, v):
        self.entries.append(v)
        print(len(self.entries))
)",
               attributeSuspect("entries", {"app.Log"}, "list")) == Judgement::Open);
  CHECK(judged("from collections import deque\nRECENT = deque(maxlen=None)\n"
               "def note(x): RECENT.append(x)\n",
               globalSuspect("app", "RECENT", "collections.deque")) == Judgement::Open);
}

TEST_CASE("a limit that is None bounds nothing") {
  const std::string text = R"(
class Cache:
    def __init__(self, limit=None):
        self.entries = {}
        self.__limit = limit
    def put(self, k, v):
        self.entries[k] = v
        if self.__limit is not None and len(self.entries) > self.__limit:
            self.entries.popitem()
)";
  const heap::Suspect suspect = attributeSuspect("entries", {"app.Cache"});
  FakeFiles disk{{{"/app/app.py", text}}, {}};
  SourceIndex index(disk.reader());
  const std::vector<ModuleFile> modules = {{"app", "/app/app.py"}};
  const auto found = locate(suspect, modules, index);
  HeapAnswers heap;
  heap.isNone = [](const heap::Suspect&, std::string_view name) { return name == "__limit"; };
  CHECK(judge(suspect, found, index, heap) == Judgement::Open);
  heap.isNone = [](const heap::Suspect&, std::string_view) { return false; };
  CHECK(judge(suspect, found, index, heap) == Judgement::Bounded);

  CHECK(judged(R"(
from collections import deque
class Exporter:
    def __init__(self, most=None): self.spans = deque(maxlen=most)
    def export(self, span): self.spans.append(span)
)",
               attributeSuspect("spans", {"app.Exporter"}, "collections.deque")) ==
        Judgement::Open);
  CHECK(judged(R"(
from collections import deque
class Exporter:
    def __init__(self, most=100): self.spans = deque(maxlen=most)
    def export(self, span): self.spans.append(span)
)",
               attributeSuspect("spans", {"app.Exporter"}, "collections.deque")) ==
        Judgement::Bounded);
}

TEST_CASE("an entry that is put back at the end was only moved") {
  CHECK(judged(R"(
class Session:
    def __init__(self): self.adapters = {}
    def mount(self, prefix, adapter):
        self.adapters[prefix] = adapter
        for key in [k for k in self.adapters if len(k) < len(prefix)]:
            self.adapters[key] = self.adapters.pop(key)
        print(len(self.adapters))
)",
               attributeSuspect("adapters", {"app.Session"})) == Judgement::Open);
}

TEST_CASE("what only the import fills is static, what has no source is not") {
  const std::string table =
      "WORDS = {}\nfor n in range(9): WORDS[n] = str(n)\ndef f(n): return WORDS[n]\n";
  CHECK(judged(table, globalSuspect("app", "WORDS")) == Judgement::Static);
  CHECK(judged("x = 1\n", globalSuspect("app", "WORDS")) == Judgement::Open);
  CHECK(judged(table, globalSuspect("gone", "WORDS")) == Judgement::Open);
}

TEST_CASE("suspects that the sources clear are left out, growing ones stay") {
  FakeFiles disk{{{"/app/app.py",
                   "TABLE = {1: 2}\nclass A:\n  def __init__(self): self.x = []\n"
                   "  def m(self, v): self.x.append(v)\n"}},
                 {}};
  SourceIndex index(disk.reader());
  const std::vector<ModuleFile> modules = {{"app", "/app/app.py"}};
  heap::Suspect table = globalSuspect("app", "TABLE");
  table.rank = 1;
  heap::Suspect list = attributeSuspect("x", {"app.A"}, "list");
  list.rank = 2;
  auto found = locateSuspects(modules, {table, list}, index);
  REQUIRE(found);
  REQUIRE(found->size() == 1);
  CHECK(found->front().suspect.holder.name == "x");
  CHECK(found->front().suspect.rank == 1);
  table.hasGrowth = true;
  found = locateSuspects(modules, {table, list}, index);
  CHECK(found->size() == 2);
  CHECK_FALSE(locateSuspects(modules, {table}, index,
                             RunControl([](std::string_view, double) { return false; })));
}

}  // namespace
}  // namespace whyalive::sources
