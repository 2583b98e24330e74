// Suspects that are no growing containers: copies of a text, empty containers, generators that
// wait; and what an import left over, which is none.
#include <algorithm>

#include "server/heap/suspects.h"
#include "tests/support/catch.h"
#include "tests/support/heap_builder.h"

using namespace whyalive;
using heap::Suspect;
using heap::SuspectKind;
using testing::HeapBuilder;
using testing::Obj;

namespace {

struct Found {
  std::vector<Suspect> suspects;
  std::vector<heap::ClearedHolder> cleared;

  const Suspect* of(SuspectKind kind) const {
    const auto it = std::ranges::find(suspects, kind, &Suspect::kind);
    return it == suspects.end() ? nullptr : &*it;
  }
};

Found suspectsOf(const HeapBuilder& b) {
  Found found;
  heap::SuspectOptions options;
  options.cleared = &found.cleared;
  const auto suspects = heap::findSuspects(*b.analyse(), {}, options);
  REQUIRE(suspects.has_value());
  found.suspects = *suspects;
  return found;
}

}  // namespace

TEST_CASE("copies of one text are waste, told beside what holds them") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj row = b.cls("__main__", "Row");
  const Obj rows = b.list();
  b.set(main, "rows", rows);
  const Obj shared = b.text("one and the same text for every row");
  for (int i = 0; i < 8000; ++i) {
    b.append(rows, b.instance(row, {{"state", b.text(i % 20 == 0 ? "closed" : "active")},
                                    {"shared", shared},
                                    {"number", b.integer(i)}}));
  }
  const Found found = suspectsOf(b);
  REQUIRE(found.suspects.size() == 2);
  CHECK(found.suspects[0].kind == SuspectKind::Accumulation);
  const Suspect& waste = found.suspects[1];
  CHECK(waste.kind == SuspectKind::Waste);
  CHECK(waste.title == "7,600 copies of 'active', most of them in __main__.rows");
  CHECK(waste.holder.expression == "__main__.rows");
  CHECK(waste.count == 7600);
  CHECK(waste.retained == 7599 * 55);
  CHECK(waste.types.front().type == "str");
  CHECK(waste.signature != found.suspects[0].signature);
  CHECK(waste.note.find("sys.intern") != std::string::npos);
}

TEST_CASE("texts that differ, and one text that many refer to, are no waste") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj rows = b.list();
  b.set(main, "rows", rows);
  const Obj shared = b.text("active");
  for (int i = 0; i < 9000; ++i) {
    b.append(rows, b.tuple({b.text(std::to_string(100'000 + i)), shared}));
  }
  CHECK(suspectsOf(b).of(SuspectKind::Waste) == nullptr);
}

TEST_CASE("empty containers in many objects are waste, filled ones are none") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj node = b.cls("__main__", "Node");
  const Obj nodes = b.list();
  b.set(main, "nodes", nodes);
  SECTION("empty") {
    for (int i = 0; i < 8000; ++i) {
      b.append(nodes, b.instance(node, {{"children", b.list()}, {"number", b.integer(i)}}));
    }
    const Found found = suspectsOf(b);
    const Suspect* waste = found.of(SuspectKind::Waste);
    REQUIRE(waste != nullptr);
    CHECK(waste->title == "8,000 empty list, most of them in __main__.nodes");
    CHECK(waste->types.front().type == "list");
  }
  SECTION("filled") {
    for (int i = 0; i < 8000; ++i) {
      const Obj number = b.integer(i);
      b.append(nodes, b.instance(node, {{"children", b.list({number})}}));
    }
    CHECK(suspectsOf(b).of(SuspectKind::Waste) == nullptr);
  }
}

TEST_CASE("a pool of generators that all wait in one function is a suspended suspect") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj readers = b.list();
  b.set(main, "readers", readers);
  const Obj code = b.code("/app/pool.py", "Pool.read", 12, {"buffer"});
  for (int i = 0; i < 60; ++i) {
    b.append(readers, b.suspended(code, 14, {{"buffer", b.blob("", 20'000)}}, "generator"));
  }
  const Found found = suspectsOf(b);
  REQUIRE(found.suspects.size() == 1);
  const Suspect& first = found.suspects.front();
  CHECK(first.kind == SuspectKind::Suspended);
  CHECK(first.holder.expression == "__main__.readers");
  CHECK(first.count == 60);
  CHECK(first.note.find("60 that wait in read (pool.py:14) keep 1.2 MB of it") !=
        std::string::npos);
}

TEST_CASE("a few generators beside much else leave the kind as it is") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj mixed = b.list();
  b.set(main, "mixed", mixed);
  const Obj code = b.code("/app/pool.py", "read", 12, {"buffer"});
  for (int i = 0; i < 60; ++i) {
    b.append(mixed, b.blob("", 20'000));
    if (i < 10) b.append(mixed, b.suspended(code, 14, {{"buffer", b.blob("", 20'000)}}));
  }
  CHECK(suspectsOf(b).suspects.front().kind == SuspectKind::Accumulation);
}

TEST_CASE("what only a module's loader refers to is left over from its import") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj session = b.cls("framework", "Session");
  const Obj hook = b.cls("framework", "Hook");
  const Obj items = b.list();
  for (int i = 0; i < 400; ++i) b.append(items, b.blob("", 2000));
  const Obj run = b.instance(session, {{"items", items}});
  const Obj loader = b.instance(hook, {{"session", run}});
  b.setAttribute(run, "hook", loader);
  const Obj tests = b.module("test_orders", "/app/test_orders.py");
  b.set(tests, "__loader__", loader);
  SECTION("alone") {
    const Found found = suspectsOf(b);
    CHECK(found.suspects.empty());
    REQUIRE(found.cleared.size() == 1);
    CHECK(found.cleared[0].note.find("left over from an import") != std::string::npos);
  }
  SECTION("and by two modules, and the list of finders") {
    b.set(b.module("test_other", "/app/test_other.py"), "__loader__", loader);
    b.set(b.module("sys"), "meta_path", b.list({loader}));
    CHECK(suspectsOf(b).suspects.empty());
  }
  SECTION("but not where the program has a name for it") {
    b.set(main, "loader", loader);
    REQUIRE(suspectsOf(b).suspects.size() == 1);
  }
  SECTION("nor where it has one for what it holds") {
    b.set(main, "items", items);
    REQUIRE(suspectsOf(b).suspects.size() == 1);
  }
}
