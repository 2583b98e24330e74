// Who holds what only C code holds: a C object whose body points at it.
#include "server/heap/expression.h"
#include "server/heap/path_tree.h"
#include "tests/heap/heap_support.h"
#include "tests/support/catch.h"

using namespace whyalive;
using testing::at;
using testing::HeapBuilder;
using testing::Obj;

namespace {

struct Parsers {
  HeapBuilder b;
  Obj main = b.module("__main__", "/app/main.py");
  Obj cls = b.cls("__main__", "Client");
  Obj parser = b.object("ext.Parser");
  Obj held = b.list();
  Parsers() {
    b.set(main, "client", b.instance(cls, {{"parser", parser}}));
    b.hold(held);
  }
};

std::string nodeOf(const heap::Analysis& analysis, Obj o) {
  heap::PathTree tree(analysis);
  return tree.text(tree.of(at(o)));
}

}  // namespace

TEST_CASE("what a word in a C object points at, and nothing else explains, is held by it") {
  Parsers p;
  p.b.pointer(p.parser, p.held);
  const auto analysis = p.b.analyse();
  CHECK(heap::expressionTo(*analysis, at(p.held)) == "__main__.client.parser.<native>");
  CHECK(nodeOf(*analysis, p.held) ==
        "module __main__:module\n.client:__main__.Client\n.parser:ext.Parser\n<native>:list\n");
}

TEST_CASE("a word that points at what has other ways to live says nothing") {
  Parsers p;
  p.b.set(p.main, "known", p.held);
  p.b.pointer(p.parser, p.held);
  CHECK(heap::expressionTo(*p.b.analyse(), at(p.held)) == "__main__.known");
}

TEST_CASE("of several that point at it, one with a name is the keeper") {
  Parsers p;
  const Obj unnamed = p.b.object("ext.Loop");
  p.b.hold(unnamed);
  p.b.pointer(unnamed, p.held);
  p.b.pointer(p.parser, p.held);
  CHECK(heap::expressionTo(*p.b.analyse(), at(p.held)) == "__main__.client.parser.<native>");
}

TEST_CASE("a keeper that C holds itself is named by its type") {
  Parsers p;
  const Obj loop = p.b.object("ext.Loop");
  p.b.hold(loop);
  p.b.pointer(loop, p.held);
  CHECK(heap::expressionTo(*p.b.analyse(), at(p.held)) == "<held from C: Loop>.<native>");
}

TEST_CASE("C objects that point at each other in a circle are roots both") {
  HeapBuilder b;
  const Obj one = b.object("ext.One");
  const Obj two = b.object("ext.Two");
  b.hold(one);
  b.hold(two);
  b.pointer(one, two);
  b.pointer(two, one);
  const auto analysis = b.analyse();
  CHECK(heap::expressionTo(*analysis, at(one)) == "<held from C: One>");
  CHECK(heap::expressionTo(*analysis, at(two)) == "<held from C: Two>");
}

TEST_CASE("what is kept by something that only it leads to is a root by itself") {
  HeapBuilder b;
  b.module("__main__", "/app/main.py");
  const Obj keeper = b.object("ext.Parser");
  const Obj held = b.list({keeper});
  b.hold(held);
  b.pointer(keeper, held);
  const auto analysis = b.analyse();
  CHECK(heap::expressionTo(*analysis, at(held)) == "<held from C: list>");
  CHECK(heap::expressionTo(*analysis, at(keeper)) == "<held from C: list>[0]");
  CHECK_FALSE(nodeOf(*analysis, keeper).empty());
}

TEST_CASE("lists that nothing but C holds are told apart by what is in them") {
  HeapBuilder b;
  b.module("__main__", "/app/main.py");
  std::vector<Obj> texts;
  std::vector<Obj> events;
  const Obj cls = b.cls("__main__", "Event");
  for (int i = 0; i < 20; ++i) {
    texts.push_back(b.text("line " + std::to_string(i)));
    events.push_back(b.instance(cls));
  }
  const Obj lines = b.list(texts);
  const Obj queue = b.list(events);
  const Obj few = b.list({b.text("one")});
  for (const Obj o : {lines, queue, few}) b.hold(o);
  const auto analysis = b.analyse();
  CHECK(heap::expressionTo(*analysis, at(lines)) == "<held from C: list of str>");
  CHECK(heap::expressionTo(*analysis, at(queue)) == "<held from C: list of Event>");
  CHECK(heap::expressionTo(*analysis, at(few)) == "<held from C: list>");
  CHECK(nodeOf(*analysis, lines) != nodeOf(*analysis, queue));
}
