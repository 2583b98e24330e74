#include "server/heap/suspects.h"

#include <algorithm>

#include "tests/heap/story_support.h"
#include "tests/support/catch.h"

using namespace whyalive;
using heap::Analysis;
using heap::OwnerKind;
using heap::Suspect;
using heap::SuspectKind;
using testing::HeapBuilder;
using testing::Obj;
using testing::Story;
using testing::story;

namespace {

std::vector<Suspect> suspects(const Analysis& now, std::vector<const Analysis*> bases = {},
                              const heap::SuspectOptions& options = {}) {
  const auto found = heap::findSuspects(now, bases, options);
  REQUIRE(found.has_value());
  return *found;
}

bool names(const std::vector<Suspect>& found, std::string_view part) {
  return std::ranges::any_of(
      found, [&](const Suspect& s) { return s.holder.expression.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("the dispatcher that never forgets is the first suspect of one snapshot") {
  Story s = story({.questions = 600});
  const auto found = suspects(*s.builder.analyse());
  REQUIRE_FALSE(found.empty());
  const Suspect& first = found.front();
  CHECK(first.rank == 1);
  CHECK(first.kind == SuspectKind::Accumulation);
  CHECK(first.title == "Dispatcher._expected holds 600 entries");
  CHECK(first.holder.expression == "__main__.client.Dispatcher._expected");
  CHECK(first.holder.owner == OwnerKind::Attribute);
  CHECK(first.holder.name == "_expected");
  REQUIRE_FALSE(first.holder.mro.empty());
  CHECK(first.holder.mro.front().module == "xmpp.dispatcher");
  CHECK(first.holder.mro.front().qualname == "Dispatcher");
  CHECK(first.holder.moduleFile == "/app/xmpp/dispatcher.py");
  CHECK(first.count == 600);
  CHECK(first.signature.size() == 40);
  CHECK(first.note == "largest accumulation, growth not proven");
  REQUIRE_FALSE(first.types.empty());
  CHECK(first.types.front().type == "xmpp.protocol.Iq");
  CHECK(first.types.front().count == 600);
  CHECK(first.evidence.entryShapes == std::vector<std::string>{"tuple(function, dict)"});
  CHECK(first.evidence.keyTypes == std::vector<std::string>{"str"});
  CHECK(std::ranges::find(first.evidence.identifiers, "answered") !=
        first.evidence.identifiers.end());
  CHECK(std::ranges::find(first.evidence.identifiers, "Iq") != first.evidence.identifiers.end());
}

TEST_CASE("a bounded cache that is full is no suspect, the same cache without a limit is") {
  Story full = story({.questions = 20, .events = 100});
  CHECK_FALSE(names(suspects(*full.builder.analyse()), "_events"));
  std::vector<heap::ClearedHolder> cleared;
  heap::SuspectOptions options;
  options.cleared = &cleared;
  suspects(*full.builder.analyse(), {}, options);
  REQUIRE(cleared.size() == 1);
  CHECK(cleared[0].holder.expression == "__main__.recent._events");
  CHECK(cleared[0].note == "bounded: full at its limit of 100");
  CHECK(cleared[0].retained > 900'000);
  Story beyond = story({.questions = 20, .events = 160});
  CHECK(names(suspects(*beyond.builder.analyse()), "_events"));
}

TEST_CASE("a memo that is full is no suspect, one without a limit is") {
  const auto build = [](std::int64_t maxsize) {
    HeapBuilder b;
    const Obj main = b.module("__main__", "/app/main.py");
    const Obj code = b.code("/app/main.py", "fetch", 3);
    const Obj cache = b.dict();
    for (int i = 0; i < 64; ++i) b.put(cache, b.text("k" + std::to_string(i)), b.blob("", 9000));
    const Obj memo = b.lruCache(b.function(code, main), cache);
    const Obj parameters =
        b.code("/lib/functools.py", "lru_cache.<locals>.<lambda>", 1, {"maxsize"});
    const Obj size = maxsize == 0 ? b.none() : b.integer(maxsize);
    b.refer(
        memo, snapshot::LabelKind::AttributesDict, "__dict__",
        b.dict({{b.text("cache_parameters"), b.function(parameters, main, {{"maxsize", size}})}}));
    b.set(main, "fetch", memo);
    return suspects(*b.analyse());
  };
  CHECK(build(64).empty());
  const auto found = build(0);
  REQUIRE(found.size() == 1);
  CHECK(found[0].title == "the cache of fetch holds 64 entries");
  CHECK(found[0].holder.owner == OwnerKind::Memo);
  CHECK(found[0].holder.function.qualname == "fetch");
  CHECK(found[0].holder.function.file == "/app/main.py");
  CHECK(found[0].holder.function.module == "__main__");
}

TEST_CASE("small programs and tables of the standard library give no suspect") {
  HeapBuilder b;
  b.meta("python.stdlib", "/usr/lib/python3.11");
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj small = b.list({});
  for (int i = 0; i < 100; ++i) b.append(small, b.text("row " + std::to_string(i)));
  b.set(main, "ROWS", small);
  CHECK(suspects(*b.analyse()).empty());

  const Obj linecache = b.module("linecache", "/usr/lib/python3.11/linecache.py");
  const Obj lines = b.dict();
  for (int i = 0; i < 100; ++i)
    b.put(lines, b.text("file" + std::to_string(i)), b.blob("", 90'000));
  b.set(linecache, "cache", lines);
  CHECK(suspects(*b.analyse()).empty());

  const auto before = b.analyse();
  for (int i = 0; i < 100; ++i)
    b.put(lines, b.text("more" + std::to_string(i)), b.blob("", 90'000));
  const auto grown = suspects(*b.analyse(), {before.get()});
  REQUIRE(grown.size() == 1);
  CHECK(grown[0].holder.expression == "linecache.cache");
}

TEST_CASE("what the program's own objects hold is no table of the library that leads to them") {
  HeapBuilder b;
  b.meta("python.stdlib", "/usr/lib/python3.11");
  const Obj events = b.module("asyncio.events", "/usr/lib/python3.11/asyncio/events.py");
  const Obj app = b.module("app", "/app/app.py");
  const Obj server = b.cls("app", "Server");
  b.set(app, "Server", server);
  const Obj tasks = b.setOf({});
  for (int i = 0; i < 300; ++i) b.append(tasks, b.object("_asyncio.Task", {b.blob("", 2000)}));
  const Obj code = b.code("/app/app.py", "Server.run", 20, {"self"});
  const Obj running =
      b.suspended(code, 24, {{"self", b.instance(server, {{"background", tasks}})}});
  const Obj local = b.object("asyncio.events._Local");
  b.refer(local, snapshot::LabelKind::ThreadLocal, "_loop", b.object("loop", {running}));
  b.set(events, "_local", local);
  const auto found = suspects(*b.analyse());
  REQUIRE(found.size() == 1);
  CHECK(found[0].title == "Server.background holds 300 entries");
}

TEST_CASE("what a class is made with is no suspect of one snapshot") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj model = b.cls("__main__", "Model");
  b.set(main, "Model", model);
  const Obj validator = b.object("pydantic_core.SchemaValidator");
  for (int i = 0; i < 100; ++i)
    b.append(validator, b.dict({{b.text("field" + std::to_string(i)), b.blob("", 4000)}}));
  b.set(model, "__pydantic_validator__", validator);
  std::vector<heap::ClearedHolder> cleared;
  heap::SuspectOptions options;
  options.cleared = &cleared;
  CHECK(suspects(*b.analyse(), {}, options).empty());
  REQUIRE(cleared.size() == 1);
  CHECK(cleared[0].note == "made with its class");
}

TEST_CASE("what keys and values share is counted once, and is not what is named") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj user = b.cls("__main__", "User");
  const Obj item = b.cls("__main__", "Item");
  b.set(main, "User", user);
  b.set(main, "Item", item);
  const Obj identities = b.dict();
  for (int i = 0; i < 3000; ++i) {
    const Obj number = b.integer(10'000 + i);
    for (const Obj cls : {user, item})
      b.put(identities, b.tuple({cls, number}), b.instance(cls, {{"key", number}}));
  }
  b.set(main, "IDENTITIES", identities);
  const auto analysis = b.analyse();
  const auto found = suspects(*analysis);
  REQUIRE(found.size() == 1);
  CHECK(found[0].retained == analysis->dominators().retained(found[0].holder.object));
  CHECK(found[0].types.front().type.starts_with("__main__."));
  CHECK(found[0].types.front().count == 3000);
  CHECK(found[0].jointHolders.empty());
}

TEST_CASE("objects that two containers hold name both, and emptying one alone would free nothing") {
  Story s = story({.questions = 600, .shared = true});
  const auto found = suspects(*s.builder.analyse());
  REQUIRE_FALSE(found.empty());
  const Suspect& first = found.front();
  std::vector<std::string> holders{first.holder.expression};
  for (const heap::Holder& joint : first.jointHolders) holders.push_back(joint.expression);
  std::ranges::sort(holders);
  CHECK(holders == std::vector<std::string>{"__main__.client.Dispatcher._expected",
                                            "__main__.client.Dispatcher._handlers"});
  CHECK(first.types.front().type == "xmpp.protocol.Iq");
  CHECK(std::ranges::count_if(found, [](const Suspect& other) {
          return other.holder.expression.find("Dispatcher._") != std::string::npos;
        }) == 1);
}

TEST_CASE("growth between two snapshots is told from what was always there") {
  Story before = story({.questions = 300, .ballast = 40'000});
  Story now = story({.questions = 600, .ballast = 40'000});
  const auto base = before.builder.analyse();
  const auto after = now.builder.analyse();
  CHECK(names(suspects(*after), "TABLE"));  // one snapshot cannot tell
  const auto found = suspects(*after, {base.get()});
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == SuspectKind::Growth);
  CHECK(found[0].holder.expression == "__main__.client.Dispatcher._expected");
  REQUIRE(found[0].hasGrowth);
  CHECK(found[0].growth.count == 300);
  CHECK(found[0].growth.bytes > 100'000);
  CHECK(found[0].note == "growing");
}

TEST_CASE("growth is seen where several hold the same objects, and as one suspect") {
  Story before = story({.questions = 300, .shared = true});
  Story now = story({.questions = 600, .shared = true});
  const auto base = before.builder.analyse();
  const auto found = suspects(*now.builder.analyse(), {base.get()});
  REQUIRE(found.size() == 1);
  CHECK(found[0].growth.count == 300);
  CHECK(found[0].jointHolders.size() == 1);
}

TEST_CASE("slow growth of a large holder is growth, a rise and a fall is none") {
  const auto a = story({.questions = 2000}).builder.analyse();
  const auto b = story({.questions = 2060}).builder.analyse();
  const auto c = story({.questions = 2120}).builder.analyse();
  CHECK(suspects(*c, {a.get(), b.get()}).size() == 1);
  CHECK(suspects(*b, {a.get(), c.get()}).empty());
  CHECK(suspects(*a, {a.get()}).empty());
}

TEST_CASE("what is marked as expected is not reported, nor what the source clears") {
  const auto analysis = story({.questions = 600}).builder.analyse();
  const std::string signature = suspects(*analysis).front().signature;
  CHECK_FALSE(
      names(suspects(*analysis, {}, {.limit = 10, .expected = {signature}, .judge = nullptr}),
            "_expected"));
  heap::SuspectOptions options;
  options.judge = [](const Suspect& s) {
    return s.holder.name == "_expected" ? heap::Verdict::NoSuspect : heap::Verdict::Undecided;
  };
  CHECK_FALSE(names(suspects(*analysis, {}, options), "_expected"));
}

TEST_CASE("signatures are stable across runs and apart for other holders") {
  const auto one = suspects(*story({.questions = 600}).builder.analyse());
  const auto two = suspects(*story({.questions = 777, .ballast = 3}).builder.analyse());
  CHECK(one.front().signature == two.front().signature);
  const auto other = suspects(*story({.questions = 20, .events = 160}).builder.analyse());
  CHECK(other.front().signature != one.front().signature);
}

TEST_CASE("many small holders at one place are summed up") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj connection = b.cls("__main__", "Connection");
  const Obj all = b.list({});
  for (int i = 0; i < 60; ++i) {
    const Obj buffer = b.list({});
    for (int k = 0; k < 40; ++k) b.append(buffer, b.blob("", 1000));
    b.append(all, b.instance(connection, {{"buffer", buffer}}));
  }
  b.set(main, "connections", all);
  const auto before = b.analyse();
  const auto found = suspects(*before);
  REQUIRE(found.size() == 1);  // the outer list carries all the weight, spread evenly
  CHECK(found[0].holder.expression == "__main__.connections");
}

TEST_CASE("a long chain and one large buffer are suspects without a container") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj link = b.cls("__main__", "Link");
  Obj next = b.none();
  for (int i = 0; i < 400; ++i)
    next = b.instance(link, {{"next", next}, {"data", b.blob("", 2000)}});
  b.set(main, "head", next);
  b.set(main, "log", b.blob("", 3'000'000));
  const auto found = suspects(*b.analyse());
  REQUIRE(found.size() == 2);
  CHECK(found[0].title == "__main__.log is one bytes of 3.0 MB");
  CHECK(found[1].title == "__main__.head begins a chain of 400 __main__.Link");
  CHECK(found[1].count == 400);
}

TEST_CASE("chains, buffers and native roots are seen to grow") {
  const auto build = [](int scale) {
    HeapBuilder b;
    const Obj main = b.module("__main__", "/app/main.py");
    const Obj link = b.cls("__main__", "Link");
    b.set(main, "Link", link);
    Obj next = b.none();
    for (int i = 0; i < 200 * scale; ++i) {
      next = b.instance(link, {{"next", next}, {"data", b.list({b.blob("", 2000)})}});
    }
    b.set(main, "head", next);
    b.set(main, "log", b.blob("", 500'000 * static_cast<std::uint64_t>(scale)));
    for (int i = 0; i < 60 * scale; ++i) b.hold(b.object("ext.Handle", {b.blob("", 8'000)}));
    return b.analyse();
  };
  const auto base = build(1);
  const auto now = build(2);
  const auto found = suspects(*now, {base.get()});
  REQUIRE(found.size() == 3);
  CHECK(found[0].title == "__main__.log is one bytes of 1.0 MB");
  CHECK(found[0].growth.bytes == 500'000);
  CHECK(found[1].title == "120 objects of type ext.Handle are held from C");
  CHECK(found[1].growth.count == 60);
  CHECK(found[2].title == "__main__.head begins a chain of 400 __main__.Link");
  CHECK(found[2].growth.count == 200);
}

TEST_CASE("threads that stand in one function are one suspect") {
  HeapBuilder b;
  b.module("__main__", "/app/main.py");
  const Obj code = b.code("/app/main.py", "serve", 3);
  for (int i = 0; i < 20; ++i) b.runningFrame(code, 5, {{"buffer", b.blob("", 100'000)}});
  const auto found = suspects(*b.analyse());
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == SuspectKind::Suspended);
  CHECK(found[0].title == "20 frames of serve hold buffer");
  CHECK(found[0].retained == 2'000'000);
  CHECK(found[0].holder.owner == OwnerKind::Local);
  CHECK(found[0].holder.function.qualname == "serve");
  CHECK(found[0].holder.line == 5);
}

TEST_CASE("a namespace that is filled like a container is named by its owner") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj registry = b.cls("__main__", "Registry");
  testing::Named attributes;
  for (int i = 0; i < 500; ++i)
    attributes.emplace_back("name" + std::to_string(i), b.blob("", 2000));
  b.set(main, "registry", b.instanceWithDict(registry, attributes));
  const auto found = suspects(*b.analyse());
  REQUIRE(found.size() == 1);
  CHECK(found[0].holder.expression == "__main__.registry");
  CHECK(found[0].holder.type == "__main__.Registry");
  CHECK(found[0].count == 500);
}

TEST_CASE("a registry of classes made while the program runs is data") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj known = b.list({});
  for (int i = 0; i < 300; ++i) {
    const Obj made = b.cls("__main__", "Plugin" + std::to_string(i));
    b.resize(made, 2000);
    b.append(known, made);
  }
  b.set(main, "known", known);
  const auto found = suspects(*b.analyse());
  REQUIRE(found.size() == 1);
  CHECK(found[0].holder.expression == "__main__.known");
}

TEST_CASE("garbage is a suspect only while the collector is off") {
  const auto build = [](const std::string& enabled) {
    HeapBuilder b;
    b.meta("gc.enabled", enabled);
    b.meta("gc.thresholds", "700,10,10");
    const Obj main = b.module("__main__", "/app/main.py");
    const Obj tree = b.cls("__main__", "Tree");
    const Obj leaf = b.cls("__main__", "Leaf");
    b.set(main, "Tree", tree);
    b.set(main, "Leaf", leaf);
    for (int i = 0; i < 50; ++i) {
      const Obj kids = b.list({});
      const Obj top = b.instance(tree, {{"kids", kids}, {"data", b.blob("", 10'000)}});
      for (int k = 0; k < 3; ++k) b.append(kids, b.instance(leaf, {{"parent", top}}));
    }
    return suspects(*b.analyse());
  };
  CHECK(build("1").empty());
  const auto found = build("0");
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == SuspectKind::GarbageCycle);
  CHECK(found[0].title == "50 garbage cycles of __main__.Tree are never collected");
  CHECK(found[0].types.front().type == "__main__.Tree");
}

TEST_CASE("many objects held from C alone are told by their type") {
  HeapBuilder b;
  b.module("__main__", "/app/main.py");
  for (int i = 0; i < 100; ++i) {
    const Obj o = b.object("ext.Handle", {b.blob("", 10'000)});
    b.hold(o);
  }
  const auto found = suspects(*b.analyse());
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == SuspectKind::Native);
  CHECK(found[0].title == "100 objects of type ext.Handle are held from C");
}
