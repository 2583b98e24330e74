#include "server/heap/paths.h"

#include "server/heap/edge_choice.h"
#include "server/heap/expression.h"
#include "server/heap/path_tree.h"
#include "server/heap/referrer_sets.h"
#include "server/heap/why.h"
#include "tests/heap/heap_support.h"
#include "tests/heap/story_support.h"
#include "tests/support/catch.h"

using namespace whyalive;
using testing::at;
using testing::HeapBuilder;
using testing::Obj;

namespace {

std::string expression(const HeapBuilder& b, Obj o) {
  return heap::expressionTo(*b.analyse(), at(o));
}

}  // namespace

TEST_CASE("a path is written as a person would reach the object") {
  testing::Story s = testing::story({.questions = 3});
  HeapBuilder& b = s.builder;
  const Obj cls = b.cls("__main__", "Holder");
  b.set(s.main, "Holder", cls);
  const Obj deep = b.real(1.5);
  const Obj code = b.code("/app/daemon.py", "outer.<locals>.inner", 3, {"request"});
  const Obj inner = b.function(code, s.main, {{"request", b.list({b.list({deep})})}});
  SECTION("attributes, keys and positions") {
    b.put(s.expected, b.integer(12), b.tuple({inner, b.none()}));
    CHECK(expression(b, deep) ==
          "__main__.client.Dispatcher._expected[12][0].<closure request>[0][0]");
  }
  SECTION("attributes in a __dict__ read like inline ones") {
    b.set(s.main, "h", b.instanceWithDict(cls, {{"inner", inner}}));
    CHECK(expression(b, inner) == "__main__.h.inner");
  }
  SECTION("text keys are quoted") {
    b.set(s.main, "table", b.dict({{b.text("it's"), deep}}));
    CHECK(expression(b, deep) == "__main__.table['it\\'s']");
  }
  SECTION("class attributes and members of sets") {
    b.set(cls, "registry", b.setOf({deep}));
    CHECK(expression(b, deep) == "__main__.Holder.registry.<member>");
  }
  SECTION("bound methods") {
    const Obj h = b.instance(cls, {{"value", deep}});
    b.set(s.main, "callbacks", b.list({b.boundMethod(b.function(code, s.main), h)}));
    CHECK(expression(b, deep) == "__main__.callbacks[0].__self__.value");
  }
  SECTION("defaults, contexts and thread-locals") {
    const Obj collect = b.code("/app/daemon.py", "collect", 9, {"size", "into"}, 2);
    const Obj f = b.function(collect, s.main);
    const Obj into = b.list({});
    b.refer(f, snapshot::LabelKind::Default, "__defaults__", b.tuple({into}));
    b.set(s.main, "collect", f);
    CHECK(expression(b, into) == "__main__.collect.<default into>");

    const Obj state = b.object("_thread._local");
    const Obj cache = b.list({});
    b.refer(state, snapshot::LabelKind::ThreadLocal, "threads",
            b.dict({{b.object("weakref.ReferenceType"), b.dict({{b.text("cache"), cache}})}}));
    b.set(s.main, "state", state);
    CHECK(expression(b, cache) == "__main__.state.<thread-local cache>");

    const Obj variable = b.object("_contextvars.ContextVar");
    b.refer(variable, snapshot::LabelKind::Internal, "name", b.text("trail"));
    const Obj trail = b.list({});
    const Obj map = b.object("_contextvars.Context");
    const Obj node = b.dictOf("hamt_bitmap_node", {{variable, trail}});
    const Obj root = b.dictOf("hamt_bitmap_node", {{snapshot::kNullEdge, node}});
    b.refer(map, snapshot::LabelKind::Internal, "variables", root);
    b.set(s.main, "context", map);
    CHECK(expression(b, trail) == "__main__.context.<context trail>");
  }
  SECTION("variables of running frames, of coroutines, and what C holds") {
    const Obj task = b.suspended(code, 5, {{"rows", b.list({deep})}});
    b.runningFrame(code, 4, {{"task", task}});
    CHECK(expression(b, deep) == "<frame inner (daemon.py:4)>.<local task>.<local rows>[0]");
    const Obj held = b.list({});
    b.hold(held);
    CHECK(expression(b, held) == "<held from C: list>");
  }
}

TEST_CASE("how deep a context keeps its variables makes no difference to a place's signature") {
  // The depth depends on how the variables' hashes meet, and these are addresses.
  const auto signatureWith = [](int innerNodes) {
    HeapBuilder b;
    const Obj variable = b.object("_contextvars.ContextVar");
    b.refer(variable, snapshot::LabelKind::Internal, "name", b.text("trail"));
    const Obj trail = b.list({});
    Obj node = b.dictOf("hamt_bitmap_node", {{variable, trail}});
    for (int i = 0; i < innerNodes; ++i) {
      node = i % 2 == 0 ? b.dictOf("hamt_bitmap_node", {{snapshot::kNullEdge, node}})
                        : b.object("hamt_array_node", {node});
    }
    const Obj variables = b.object("hamt");
    b.refer(variables, snapshot::LabelKind::Internal, "root", node);
    const Obj map = b.object("_contextvars.Context");
    b.refer(map, snapshot::LabelKind::Internal, "variables", variables);
    b.set(b.module("__main__"), "context", map);
    const std::shared_ptr<const heap::Analysis> analysis = b.analyse();
    CHECK(heap::objectsByReferrers(*analysis, {}).has_value());
    CHECK(heap::objectsByVia(*analysis, {}).has_value());
    CHECK(heap::expressionTo(*analysis, at(trail)) == "__main__.context.<context trail>");
    heap::PathTree tree(*analysis);
    return tree.text(tree.of(at(trail)));
  };
  const std::string flat = signatureWith(0);
  CHECK(flat.find(".trail:list") != std::string::npos);
  CHECK(signatureWith(1) == flat);
  CHECK(signatureWith(2) == flat);
}

TEST_CASE("what nothing reaches is called unreachable") {
  const testing::TestHeap h = testing::heapOf("root>a g>h h>g");
  CHECK(heap::expressionTo(*h.analysis, h["g"]) == "<unreachable Node>");
  CHECK(h.analysis->paths().to(h["g"]).empty());
}

TEST_CASE("a class is named by the module that defines it, whoever else imports it") {
  HeapBuilder b;
  const Obj importer = b.module("aaa", "/app/aaa.py");
  const Obj definer = b.module("zzz", "/app/zzz.py");
  const Obj cls = b.cls("zzz", "Thing");
  const Obj function = b.function(b.code("/app/zzz.py", "work", 1), definer);
  b.set(importer, "Thing", cls);
  b.set(importer, "work", function);
  b.set(definer, "Thing", cls);
  b.set(definer, "work", function);
  const Obj only = b.cls("gone", "Orphan");
  b.set(importer, "Orphan", only);
  CHECK(expression(b, cls) == "zzz.Thing");
  CHECK(expression(b, function) == "zzz.work");
  CHECK(expression(b, only) == "aaa.Orphan");
}

TEST_CASE("the program's own names come before the standard library's, modules before frames") {
  HeapBuilder b;
  b.meta("python.stdlib", "/lib/python3.11");
  const Obj library = b.module("atexit", "/lib/python3.11/atexit.py");
  const Obj package = b.module("zpackage", "/lib/python3.11/site-packages/zpackage.py");
  const Obj shared = b.list({});
  b.set(library, "shared", shared);
  b.set(package, "shared", shared);
  CHECK(expression(b, shared) == "zpackage.shared");
  const Obj main = b.module("__main__", "/app/main.py");
  b.runningFrame(b.code("/app/main.py", "run", 1), 2, {{"mine", shared}});
  b.set(main, "shared", shared);
  CHECK(expression(b, shared) == "__main__.shared");
}

TEST_CASE("what a frame borrows is not counted, so that what C code holds is seen") {
  HeapBuilder b;
  const Obj code = b.code("/app/main.py", "run", 1);
  const Obj value = b.list({});
  const auto heldByC = [&] { return b.analyse()->roots().surplus(at(value)); };
  b.runningFrame(code, 2, {{"mine", value}});
  CHECK(heldByC() == 0);
  b.runningFrame(code, 3, {{"theirs", value}}, HeapBuilder::Held::Borrowed);
  CHECK(heldByC() == 0);
  b.hold(value);
  CHECK(heldByC() == 1);
}

TEST_CASE("a function does not retain its module's globals for naming") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj value = b.list({});
  // A module that is in sys.modules no more: only a function of it is left.
  const Obj gone = b.module("gone", "/app/gone.py");
  b.set(gone, "value", value);
  b.set(main, "callback", b.function(b.code("/app/gone.py", "callback", 1), gone));
  const auto analysis = b.analyse();
  CHECK(heap::expressionTo(*analysis, at(value)) == "gone.value");
}

TEST_CASE("shortest paths agree with breadth-first search where every way is plain") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    const testing::TestHeap h = testing::heapOf(testing::randomGraph(seed, 50, 1.2));
    const testing::PlainGraph graph = plain(h);
    std::vector<std::size_t> distance(graph.out.size(), SIZE_MAX);
    std::vector<std::uint32_t> queue;
    for (const heap::Root& root : h.analysis->roots().all()) {
      if (root.group == heap::RootGroup::Native) continue;  // a later stage
      if (distance[raw(root.object)] == SIZE_MAX) queue.push_back(raw(root.object));
      distance[raw(root.object)] = 1;
    }
    for (std::size_t i = 0; i < queue.size(); ++i) {
      for (const std::uint32_t target : graph.out[queue[i]]) {
        if (distance[target] != SIZE_MAX) continue;
        distance[target] = distance[queue[i]] + 1;
        queue.push_back(target);
      }
    }
    for (const auto& [name, o] : h.nodes) {
      const auto path = h.analysis->paths().to(o);
      CHECK(path.size() == (distance[raw(o)] == SIZE_MAX ? 0 : distance[raw(o)]));
      for (std::size_t i = 1; i < path.size(); ++i) {
        const auto& out = graph.out[raw(path[i - 1])];
        CHECK(std::ranges::find(out, raw(path[i])) != out.end());
      }
    }
  }
}

TEST_CASE("equal ways are merged, with their count and what they retain") {
  testing::Story s = testing::story({.questions = 50});
  const auto analysis = s.builder.analyse();
  std::vector<ObjectIndex> iqs;
  for (std::uint32_t o = 0; o < analysis->graph().objectCount(); ++o) {
    if (analysis->graph().typeName(ObjectIndex{o}) == "xmpp.protocol.Iq")
      iqs.push_back(ObjectIndex{o});
  }
  const heap::WhyAlive why = heap::whyAlive(*analysis, iqs).value();
  REQUIRE(why.paths.size() == 1);
  CHECK(why.objects == 50);
  CHECK(why.paths[0].count == 50);
  CHECK(why.paths[0].expression == "__main__.client.Dispatcher._expected[…][…].<closure request>");
  Bytes retained = 0;
  for (const ObjectIndex o : iqs) retained += analysis->dominators().retained(o);
  CHECK(why.paths[0].retained == retained);

  const heap::WhyAlive one = heap::whyAlive(*analysis, std::span(iqs).first(1)).value();
  CHECK(one.paths.at(0).expression ==
        "__main__.client.Dispatcher._expected['id0'][0].<closure request>");

  const heap::WhyAlive sampled = heap::whyAlive(*analysis, iqs, {.paths = 10, .sample = 7}).value();
  CHECK(sampled.paths.at(0).count == 50);
}

TEST_CASE("why alive tells garbage from what is kept") {
  const testing::TestHeap h = testing::heapOf("root>a g>h h>g");
  const ObjectIndex set[] = {h["a"], h["g"], h["h"]};
  const heap::WhyAlive why = heap::whyAlive(*h.analysis, set).value();
  CHECK(why.unreachable == 2);
  CHECK(why.paths.size() == 1);
}

TEST_CASE("the other ways of a set are told with how many objects each still keeps") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj cls = b.cls("__main__", "Order");
  const Obj byNumber = b.dict(), recent = b.list(), pairs = b.list();
  std::vector<ObjectIndex> orders;
  std::vector<Obj> made;
  for (int i = 0; i < 60; ++i) {
    const Obj order = b.instance(cls);
    made.push_back(order);
    if (i < 50) b.put(byNumber, b.integer(i), order);
    if (i >= 20) b.append(recent, order);
    if (i % 2 == 0) b.append(pairs, b.tuple({b.integer(i), order}));
  }
  b.set(main, "by_number", byNumber);
  b.set(main, "recent", recent);
  b.set(main, "pairs", pairs);
  b.set(b.module("other", "/app/other.py"), "alias", recent);
  const auto analysis = b.analyse();
  for (const Obj order : made) orders.push_back(at(order));

  const heap::WhyAlive why =
      heap::whyAlive(*analysis, orders, {.paths = 10, .sample = 100, .searched = 60}).value();
  const auto path = [&](std::string_view expression) {
    const auto it = std::ranges::find(why.paths, expression, &heap::RetainingPath::expression);
    REQUIRE(it != why.paths.end());
    return *it;
  };
  CHECK(path("__main__.by_number[…]").count == 50);
  CHECK(path("__main__.recent[…]").count == 40);
  CHECK(path("__main__.by_number[…]").shortest + path("__main__.recent[…]").shortest == 60);
  CHECK(path("__main__.pairs[…][…]").count == 30);
  CHECK(path("__main__.pairs[…][…]").shortest == 0);
  CHECK(path("__main__.pairs[…][…]").retained >= 30 * 32);
  CHECK(why.paths.front().expression == "__main__.by_number[…]");
  CHECK(why.pathCount == why.paths.size());
  // Another name of the same list keeps them once the first is gone.
  CHECK(path("other.alias[…]").count == 40);
  CHECK(path("other.alias[…]").shortest == 0);

  SECTION("a sample is scaled up") {
    const heap::WhyAlive few =
        heap::whyAlive(*analysis, orders, {.paths = 10, .sample = 100, .searched = 15}).value();
    const auto it =
        std::ranges::find(few.paths, "__main__.pairs[…][…]", &heap::RetainingPath::expression);
    REQUIRE(it != few.paths.end());
    CHECK(it->count >= 15);
    CHECK(it->count <= 60);
  }
  SECTION("the best few are those that keep most") {
    const heap::WhyAlive two =
        heap::whyAlive(*analysis, orders, {.paths = 2, .sample = 100, .searched = 60}).value();
    REQUIRE(two.paths.size() == 2);
    CHECK(two.paths[0].count == 50);
    CHECK(two.paths[1].count == 40);
    CHECK(two.pathCount == why.pathCount);
  }
  SECTION("a search can be stopped") {
    const RunControl stop([](std::string_view, double) { return false; });
    const auto stopped = heap::whyAlive(*analysis, orders, {.searched = 60}, stop);
    REQUIRE(!stopped.has_value());
    CHECK(stopped.error().code == ErrorCode::Cancelled);
  }
}

TEST_CASE("the ways of a set over random graphs are paths that lead to its objects") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    const testing::TestHeap h = testing::heapOf(testing::randomGraph(seed, 14, 1.8));
    const testing::PlainGraph graph = plain(h);
    std::vector<ObjectIndex> set;
    for (const auto& [name, o] : h.nodes) set.push_back(o);
    const std::vector<bool> alive = graph.reachedWithout({});
    const auto reached = static_cast<std::uint64_t>(
        std::ranges::count_if(set, [&](ObjectIndex o) { return alive[raw(o)]; }));
    const heap::WhyAlive why =
        heap::whyAlive(*h.analysis, set, {.paths = 1000, .sample = 1000, .searched = 1000}).value();
    std::uint64_t shortest = 0;
    for (const heap::RetainingPath& path : why.paths) {
      shortest += path.shortest;
      CHECK(path.count >= std::max<std::uint64_t>(path.shortest, 1));
      CHECK(path.count <= reached);
      CHECK(!path.steps.empty());
      CHECK(path.steps.back().object == path.example);
    }
    CHECK(shortest == reached);
    CHECK(why.unreachable == set.size() - reached);
  }
}

TEST_CASE("the reference by which a path goes on is the one that a person names, in hubs too") {
  const auto check = [](const heap::Analysis& analysis) {
    const heap::HeapGraph& graph = analysis.graph();
    const heap::Paths& paths = analysis.paths();
    std::size_t ofHubs = 0;
    for (std::uint32_t o = 0; o < graph.objectCount(); ++o) {
      const ObjectIndex to{o};
      if (!paths.reached(to) || paths.isStart(to)) continue;
      const ObjectIndex from = paths.parent(to);
      const std::uint32_t edge = paths.edgeTo(graph, to);
      REQUIRE(edge < graph.rawEdges(from).size());
      REQUIRE(graph.rawEdges(from)[edge] == o);
      const std::uint32_t plain = heap::edgeBetween(graph, from, to);
      CHECK_FALSE(heap::isPlainer(graph, from, plain, edge));
      ofHubs += graph.rawEdges(from).size() > 64 ? 1 : 0;
    }
    return ofHubs;
  };
  CHECK(check(*testing::story({.questions = 300, .shared = true}).builder.analyse()) > 300);
  for (unsigned seed = 1; seed <= 10; ++seed) {
    check(*testing::heapOf(testing::randomGraph(seed, 200, 3.0)).analysis);
  }
}
