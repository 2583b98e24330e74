// R4: memory behind small objects of extensions. And what else is counted right.
#include <algorithm>

#include "protocol/snapshot/meta_keys.h"
#include "server/heap/suspects.h"
#include "server/heap/suspects/native.h"
#include "tests/support/catch.h"
#include "tests/support/heap_builder.h"

using namespace whyalive;
using heap::Suspect;
using heap::SuspectKind;
using testing::HeapBuilder;
using testing::Obj;

namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;

struct Handles {
  int parsers = 0;
  std::uint64_t malloced = 0, rss = 60 * kMegabyte;
};

// A list of small objects of an installed extension, and one of small objects of our own.
std::shared_ptr<const heap::Analysis> handles(const Handles& what) {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj ext = b.module("fastxml", "/venv/lib/site-packages/fastxml.so");
  const Obj parser = b.cls("fastxml", "Parser");
  b.set(ext, "Parser", parser);
  const Obj row = b.cls("__main__", "Row");
  const Obj open = b.list({}), rows = b.list({});
  for (int i = 0; i < what.parsers; ++i) b.append(open, b.object("fastxml.Parser"));
  for (int i = 0; i < 300; ++i) b.append(rows, b.instance(row));
  b.set(main, "open_parsers", open);
  b.set(main, "rows", rows);
  b.meta(snapshot::meta::kStdlib, "/usr/lib/python3.11");
  b.meta(snapshot::meta::kMallocInUse, std::to_string(what.malloced));
  b.meta(snapshot::meta::kRss, std::to_string(what.rss));
  return b.analyse();
}

std::vector<Suspect> suspects(const heap::Analysis& now,
                              std::vector<const heap::Analysis*> bases = {}) {
  const auto found = heap::findSuspects(now, bases);
  REQUIRE(found.has_value());
  return *found;
}

}  // namespace

TEST_CASE("memory that no object explains is laid at the holder of the extension's objects") {
  const auto now = handles({.parsers = 200, .malloced = 40 * kMegabyte});
  CHECK(heap::unexplainedMemory(*now).value() > 39 * kMegabyte);
  const auto found = suspects(*now);
  REQUIRE_FALSE(found.empty());
  CHECK(found[0].kind == SuspectKind::Native);
  CHECK(found[0].holder.expression == "__main__.open_parsers");
  CHECK(found[0].retained > 30 * kMegabyte);
  CHECK(found[0].note.find("memory of extensions") != std::string::npos);
}

TEST_CASE("little of it is nothing to speak of, nor is what is known of other objects") {
  CHECK_FALSE(heap::unexplainedMemory(*handles({.parsers = 200, .malloced = 3 * kMegabyte})));
  CHECK_FALSE(heap::unexplainedMemory(
      *handles({.parsers = 200, .malloced = 40 * kMegabyte, .rss = 900 * kMegabyte})));
  CHECK(suspects(*handles({.parsers = 200, .malloced = 3 * kMegabyte})).empty());
}

TEST_CASE("what a module offers is charged with nothing") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj ext = b.module("fastnum", "/venv/lib/site-packages/fastnum.so");
  b.set(ext, "ufunc", b.cls("fastnum", "ufunc"));
  for (int i = 0; i < 600; ++i) {
    b.set(ext, "function" + std::to_string(i), b.object("fastnum.ufunc"));
  }
  b.set(main, "numbers", b.list({b.integer(7)}));
  b.meta(snapshot::meta::kMallocInUse, std::to_string(30 * kMegabyte));
  b.meta(snapshot::meta::kRss, std::to_string(60 * kMegabyte));
  const auto now = b.analyse();
  CHECK(heap::unexplainedMemory(*now).has_value());
  CHECK(heap::nativeShares(*now, {}).ofInstance.empty());
  CHECK(suspects(*now).empty());
}

TEST_CASE("between two snapshots the type that became more is charged with what became more") {
  const auto before = handles({.parsers = 100, .malloced = 20 * kMegabyte});
  const auto now = handles({.parsers = 200, .malloced = 40 * kMegabyte});
  const heap::Analysis* bases[] = {before.get()};
  const heap::NativeShares shares = heap::nativeShares(*now, bases);
  CHECK(shares.fromGrowth);
  CHECK(shares.of("fastxml.Parser") > 195'000);  // 20 MB more, 100 objects more
  const auto found = suspects(*now, {before.get()});
  REQUIRE(found.size() == 1);
  CHECK(found[0].holder.expression == "__main__.open_parsers");
  CHECK(found[0].growth.count == 100);
  CHECK(found[0].growth.bytes > 19'000'000);
}

TEST_CASE("a dict of dicts of dicts grows by the entries that a person counts") {
  const auto build = [](int entries) {
    HeapBuilder b;
    const Obj main = b.module("__main__", "/app/main.py");
    const Obj outer = b.dict(), middle = b.dict(), inner = b.dict();
    b.set(main, "tables", outer);
    b.put(outer, b.text("one"), middle);
    b.put(middle, b.text("two"), inner);
    for (int i = 0; i < entries; ++i) {
      const Obj row = b.dict({{b.text("number"), b.integer(100000 + i)},
                              {b.text("text"), b.text("value " + std::to_string(i))}});
      b.put(inner, b.integer(i), row);
    }
    return b.analyse();
  };
  const auto before = build(1000), now = build(7000);
  const auto found = suspects(*now, {before.get()});
  REQUIRE_FALSE(found.empty());
  CHECK(found[0].growth.count == 6000);
}

TEST_CASE("two tables of the standard library that share their entries are no suspect") {
  HeapBuilder b;
  b.module("__main__", "/app/main.py");
  b.meta(snapshot::meta::kStdlib, "/usr/lib/python3.11");
  const Obj ssl = b.module("_ssl", "/usr/lib/python3.11/lib-dynload/_ssl.so");
  const Obj names = b.dict(), codes = b.dict();
  for (int i = 0; i < 2000; ++i) {
    const Obj code = b.tuple({b.integer(100000 + i), b.integer(200000 + i)});
    const Obj name = b.text("A REASON WHY IT FAILED NUMBER " + std::to_string(i));
    b.put(names, name, code);
    b.put(codes, code, name);
  }
  b.set(ssl, "err_names_to_codes", names);
  b.set(ssl, "err_codes_to_names", codes);
  CHECK(suspects(*b.analyse()).empty());
}

TEST_CASE("callbacks for the interpreter's end that pile up are one suspect") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj connection = b.cls("__main__", "Connection");
  b.set(main, "Connection", connection);
  const Obj close = b.function(b.code("/app/main.py", "Connection.close", 4), main);
  for (int i = 0; i < 300; ++i) {
    const Obj callback =
        b.boundMethod(close, b.instance(connection, {{"buffer", b.blob("", 2000)}}));
    b.root(snapshot::RootKind::AtExit, "atexit", callback, true);
    b.hold(callback);
  }
  const auto found = suspects(*b.analyse());
  REQUIRE(found.size() == 1);
  CHECK(found[0].count == 300);
  CHECK(found[0].title == "300 objects of type method are held by the interpreter: atexit");
  CHECK(found[0].kind == SuspectKind::Accumulation);
}
