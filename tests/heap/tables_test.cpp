// Kinds, partition, selection, diff and statistics.
#include <algorithm>

#include "server/heap/partition.h"
#include "server/heap/select.h"
#include "server/heap/sha1.h"
#include "server/heap/statistics.h"
#include "tests/heap/heap_support.h"
#include "tests/heap/story_support.h"
#include "tests/support/catch.h"

using namespace whyalive;
using heap::PartitionBy;
using heap::PartitionRow;
using heap::PartitionTable;
using testing::HeapBuilder;
using testing::Obj;
using testing::story;

namespace {

const PartitionRow* row(const PartitionTable& table, std::string_view label) {
  const auto it = std::ranges::find(table.rows, label, &PartitionRow::label);
  return it == table.rows.end() ? nullptr : &*it;
}

}  // namespace

TEST_CASE("kinds are named as guppy names them") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj cls = b.cls("pkg.mod", "Outer.Inner");
  b.set(main, "x", b.instanceWithDict(cls, {{"a", b.dict()}}));
  b.set(main, "f", b.function(b.code("/app/main.py", "f", 1), main));
  b.set(main, "cls", cls);
  b.set(main, "it", b.object("dict_keyiterator"));
  b.set(main, "q", b.object("collections.deque"));
  const PartitionTable table = heap::partition(*b.analyse(), PartitionBy::Kind).value();
  for (const char* label :
       {"dict of module", "dict of type", "dict of pkg.mod.Inner", "dict (no owner)",
        "pkg.mod.Inner", "types.CodeType", "function", "module", "type", "str", "tuple",
        "types.NoneType", "builtins.dict_keyiterator", "collections.deque"}) {
    INFO(label);
    CHECK(row(table, label) != nullptr);
  }
  CHECK(row(table, "dict of pkg.mod.Inner")->type == "dict");
  CHECK(row(table, "dict of module")->count == 1);
}

TEST_CASE("where the process has imported types, its own names are used") {
  HeapBuilder b;
  const Obj types = b.module("types", "/lib/types.py");
  const Obj special = b.cls("_weird", "thing");
  b.set(types, "AThing", special);
  b.set(types, "ThingType", special);
  b.set(types, "instance", b.instance(special));
  CHECK(row(heap::partition(*b.analyse(), PartitionBy::Kind).value(), "types.ThingType") !=
        nullptr);
}

TEST_CASE("a partition adds up to the heap, largest group first") {
  const auto analysis = story({.questions = 50}).builder.analyse();
  for (const PartitionBy by : {PartitionBy::Kind, PartitionBy::Type, PartitionBy::Module}) {
    const PartitionTable table = heap::partition(*analysis, by).value();
    std::uint64_t count = 0;
    Bytes size = 0;
    for (const PartitionRow& r : table.rows) {
      count += r.count;
      size += r.size;
      CHECK(r.retained >= r.size / 2);
    }
    CHECK(count == analysis->graph().objectCount());
    CHECK(count == table.totalCount);
    CHECK(size == table.totalSize);
    CHECK(std::ranges::is_sorted(table.rows, std::greater{}, &PartitionRow::size));
    CHECK(heap::partitionBy(heap::toString(by)) == by);
  }
  CHECK_FALSE(heap::partitionBy("colour").has_value());
}

TEST_CASE("what a group retains is what its outermost members retain") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const testing::TestHeap h = testing::heapOf(testing::randomGraph(seed, 40, 1.5));
    const heap::Dominators& d = h.analysis->dominators();
    Bytes expected = 0;
    for (const auto& [name, o] : h.nodes) {
      if (!d.reachable(o) || d.idom(o) == kNoObject) expected += d.retained(o);
    }
    CHECK(row(heap::partition(*h.analysis, PartitionBy::Type).value(), "test.Node")->retained ==
          expected);
  }
}

TEST_CASE("a partition against an earlier snapshot has growth, also of what is gone") {
  const auto before = story({.questions = 30, .ballast = 10}).builder.analyse();
  HeapBuilder b;
  b.module("__main__");
  const auto now = story({.questions = 50, .ballast = 10}).builder.analyse();
  const PartitionTable table =
      heap::partition(*now, PartitionBy::Kind, {.since = before.get()}).value();
  CHECK(row(table, "xmpp.protocol.Iq")->growth->count == 20);
  CHECK(table.totalGrowth->count > 20);
  const PartitionTable gone =
      heap::partition(*b.analyse(), PartitionBy::Kind, {.since = before.get()}).value();
  REQUIRE(row(gone, "xmpp.protocol.Iq") != nullptr);
  CHECK(row(gone, "xmpp.protocol.Iq")->growth->count == -30);
  CHECK(row(gone, "xmpp.protocol.Iq")->count == 0);
}

TEST_CASE("types are found by full and by last name, and the nearest is suggested") {
  const auto analysis = story({.questions = 5}).builder.analyse();
  CHECK(heap::objectsOfType(*analysis, "xmpp.protocol.Iq")->size() == 5);
  CHECK(heap::objectsOfType(*analysis, "Iq")->size() == 5);
  const auto wrong = heap::objectsOfType(*analysis, "xmpp.protocol.Iqq");
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.error().code == ErrorCode::NotFound);
  CHECK(wrong.error().remedy == "did you mean xmpp.protocol.Iq?");
  CHECK_FALSE(heap::objectWithId(*analysis, 1u << 30).has_value());
  CHECK(heap::objectAtAddress(*analysis, analysis->graph().address(ObjectIndex{7})) ==
        ObjectIndex{7});
  CHECK_FALSE(heap::objectAtAddress(*analysis, 3).has_value());
}

TEST_CASE("statistics answer what hints ask") {
  const auto before = story({.questions = 30}).builder.analyse();
  const auto now = story({.questions = 50}).builder.analyse();
  SECTION("classes") {
    const auto iq = heap::classStatistics(*now, "xmpp.protocol", "Iq", before.get());
    REQUIRE(iq.has_value());
    CHECK(iq->instances == 50);
    CHECK(iq->growth == 20);
    CHECK(iq->retained > 50 * 100);
    CHECK(heap::classStatistics(*now, "xmpp.simplexml", "Node")->instances == 100);
    CHECK_FALSE(heap::classStatistics(*now, "xmpp.protocol", "Presence").has_value());
  }
  SECTION("attributes") {
    const auto expected =
        heap::attributeStatistics(*now, "xmpp.dispatcher", "Dispatcher", "_expected", before.get());
    REQUIRE(expected.has_value());
    CHECK(expected->holders == 1);
    CHECK(expected->entries == 50);
    CHECK(expected->growth == 20);
    CHECK(expected->type == "dict");
    CHECK(expected->entryType == "tuple");
    CHECK(expected->entryTypeCount == 50);
  }
  SECTION("attributes of subclasses count for the class that defines them") {
    const auto kids = heap::attributeStatistics(*now, "xmpp.simplexml", "Node", "kids");
    REQUIRE(kids.has_value());
    CHECK(kids->holders == 50);
    CHECK(kids->entries == 100);
    CHECK(kids->entryType == "xmpp.simplexml.Node");
  }
  SECTION("a tree of nodes is not summed up once per level") {
    HeapBuilder b;
    const Obj main = b.module("__main__");
    const Obj node = b.cls("__main__", "Node");
    Obj kids = b.list({});
    for (int i = 0; i < 100; ++i) kids = b.list({b.instance(node, {{"kids", kids}})});
    b.set(main, "tree", kids);
    const auto analysis = b.analyse();
    const auto s = heap::attributeStatistics(*analysis, "__main__", "Node", "kids");
    REQUIRE(s.has_value());
    CHECK(s->retained < analysis->dominators().retained(testing::at(kids)));
  }
  SECTION("globals") {
    const auto table = heap::globalStatistics(*now, "__main__", "TABLE");
    REQUIRE(table.has_value());
    CHECK(table->entries == 200);
    CHECK(table->entryType == "tuple");
    CHECK_FALSE(heap::globalStatistics(*now, "__main__", "Client").has_value());
    CHECK_FALSE(heap::globalStatistics(*now, "nowhere", "TABLE").has_value());
  }
  SECTION("closures and suspended coroutines") {
    const auto answered =
        heap::closureStatistics(*now, "/app/daemon.py", "Gateway.forward.<locals>.answered", 40);
    REQUIRE(answered.has_value());
    CHECK(answered->count == 50);
    CHECK(answered->variables == std::vector<std::string>{"request"});
    HeapBuilder b;
    const Obj main = b.module("__main__");
    const Obj code = b.code("/app/a.py", "serve", 10);
    const Obj tasks = b.list({});
    for (int i = 0; i < 6; ++i)
      b.append(tasks, b.suspended(code, i < 4 ? 12 : 14, {{"x", b.blob("", 500)}}));
    b.set(main, "tasks", tasks);
    const auto analysis = b.analyse();
    CHECK(heap::suspendedStatistics(*analysis, "/app/a.py", "serve", 10, 12)->count == 4);
    CHECK(heap::suspendedStatistics(*analysis, "/app/a.py", "serve", 10, 0)->count == 6);
    CHECK(heap::suspendedStatistics(*analysis, "/app/a.py", "serve", 10, 12)->retained > 2000);
    CHECK_FALSE(heap::suspendedStatistics(*analysis, "/app/a.py", "serve", 10, 13).has_value());
  }
}

TEST_CASE("an ordered dict has as many entries as values") {
  HeapBuilder b;
  const Obj main = b.module("__main__");
  const Obj ordered = b.dict();
  for (int n = 0; n < 5; ++n) {
    const auto analysis = b.analyse();
    CHECK(analysis->graph().entryCount(testing::at(ordered)) == static_cast<std::uint32_t>(n));
    b.put(ordered, b.text("k"), b.real(n));
  }
  // As the agent writes it: the entries, then each key once more.
  const Obj cls = b.cls("__main__", "Cache");
  b.set(main, "cache", b.instance(cls, {{"entries", ordered}}));
  for (int n = 0; n < 5; ++n) b.put(ordered, b.text("k"), snapshot::kNullEdge);
  const auto analysis = b.analyse();
  CHECK(analysis->graph().entryCount(testing::at(ordered)) == 5);
  const auto s = heap::attributeStatistics(*analysis, "__main__", "Cache", "entries");
  REQUIRE(s.has_value());
  CHECK(s->entries == 5);
  CHECK(s->entryType == "float");
  CHECK(s->entryTypeCount == 5);
}

TEST_CASE("SHA-1 agrees with the standard's examples") {
  CHECK(heap::sha1Hex("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d");
  CHECK(heap::sha1Hex("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  CHECK(heap::sha1Hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}
