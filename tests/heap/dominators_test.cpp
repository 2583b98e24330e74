#include "server/heap/dominators.h"

#include <set>

#include "tests/heap/heap_support.h"
#include "tests/support/catch.h"

using namespace whyalive;
using whyalive::testing::HeapBuilder;
using whyalive::testing::heapOf;
using whyalive::testing::Obj;
using whyalive::testing::PlainGraph;
using whyalive::testing::TestHeap;

TEST_CASE("an object reached by two ways is dominated where the ways part") {
  const TestHeap h = heapOf("root>a a>b a>c b>d c>d d>e");
  CHECK(h.dominatorOf("a") == "root");
  CHECK(h.dominatorOf("b") == "a");
  CHECK(h.dominatorOf("d") == "a");
  CHECK(h.dominatorOf("e") == "d");
}

TEST_CASE("retained sizes add up through cycles") {
  const TestHeap h =
      heapOf("root>a a>b b>c c>b c>d", {{"a", 1}, {"b", 10}, {"c", 100}, {"d", 1000}});
  CHECK(h.retainedBy("d") == 1000);
  CHECK(h.retainedBy("c") == 1100);
  CHECK(h.retainedBy("b") == 1110);
  CHECK(h.retainedBy("a") == 1111);
}

TEST_CASE("what two roots reach belongs to neither") {
  const TestHeap h = heapOf("root>a root>b a>c b>c");
  CHECK(h.dominatorOf("c") == "root");
}

TEST_CASE("garbage has no dominator and retains itself alone") {
  const TestHeap h = heapOf("root>a g>h h>g h>a");
  CHECK_FALSE(h.analysis->dominators().reachable(h["g"]));
  CHECK(h.analysis->dominators().reachable(h["a"]));
  CHECK(h.dominatorOf("g") == "root");
  CHECK(h.retainedBy("h") == h.analysis->graph().size(h["h"]));
  CHECK(h.analysis->dominators().garbageCount() == 2);
}

namespace {

// a dominates b when b is not reached any more without a.
void compareWithBruteForce(const TestHeap& h) {
  const PlainGraph graph = plain(h);
  const heap::Dominators& dominators = h.analysis->dominators();
  const std::vector<bool> reached = graph.reachedWithout({});
  for (std::uint32_t a = 0; a < graph.out.size(); ++a) {
    REQUIRE(dominators.reachable(ObjectIndex{a}) == reached[a]);
    if (!reached[a]) continue;
    const std::uint32_t blocked[] = {a};
    const std::vector<bool> without = graph.reachedWithout(blocked);
    Bytes retained = 0;
    std::set<std::uint32_t> dominated;
    for (std::uint32_t b = 0; b < graph.out.size(); ++b) {
      if (!reached[b] || without[b]) continue;
      retained += h.analysis->graph().size(ObjectIndex{b});
      dominated.insert(b);
    }
    REQUIRE(dominators.retained(ObjectIndex{a}) == retained);
    const auto subtree = dominators.subtree(ObjectIndex{a});
    REQUIRE(std::set<std::uint32_t>(subtree.begin(), subtree.end()) == dominated);
    for (std::uint32_t b = 0; b < graph.out.size(); ++b) {
      if (reached[b]) {
        REQUIRE(dominators.dominates(ObjectIndex{a}, ObjectIndex{b}) == dominated.contains(b));
      }
    }
    dominated.erase(a);
    std::set<std::uint32_t> direct;
    dominators.forEachChild(ObjectIndex{a}, [&](ObjectIndex child) { direct.insert(raw(child)); });
    for (const std::uint32_t b : dominated) {
      REQUIRE((dominators.idom(ObjectIndex{b}) == ObjectIndex{a}) == direct.contains(b));
    }
  }
}

}  // namespace

TEST_CASE("dominators and retained sizes agree with taking each object away") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    const int nodes = 2 + static_cast<int>(seed * 7 % 60);
    compareWithBruteForce(heapOf(testing::randomGraph(seed, nodes, 0.5 + seed % 5 * 0.6)));
  }
}

TEST_CASE("a long list of links overflows no stack") {
  HeapBuilder b;
  constexpr std::uint32_t kLinks = 300'000;  // deep enough to overflow any recursion in a test
  Obj next = b.object("test.Link");
  for (std::uint32_t i = 1; i < kLinks; ++i) next = b.object("test.Link", {next, b.none()});
  b.root(snapshot::RootKind::Interpreter, "head", next, true);
  const auto analysis = b.analyse();
  CHECK(analysis->dominators().subtreeCount(testing::at(next)) >= kLinks);
  CHECK(analysis->paths().to(testing::at(next)).size() == 1);
}

TEST_CASE("leaves that far apart links of a deep list share are placed quickly and rightly") {
  HeapBuilder b;
  constexpr std::uint32_t kLinks = 100'000;
  std::vector<Obj> leaves;
  for (std::uint32_t i = 0; i < kLinks / 2; ++i) leaves.push_back(b.integer(i));
  std::vector<Obj> links;
  Obj next = b.object("test.Link", {leaves[0]});
  for (std::uint32_t i = 1; i < kLinks; ++i) {
    links.push_back(next);
    next = b.object("test.Link", {next, leaves[i % (kLinks / 2)]});
  }
  links.push_back(next);
  b.root(snapshot::RootKind::Interpreter, "head", next, true);
  const auto analysis = b.analyse();
  // Leaf i is held by link i and by link i + kLinks / 2, of which the second is nearer to the head.
  for (std::uint32_t i = 0; i < kLinks / 2; i += 997) {
    CHECK(analysis->dominators().idom(testing::at(leaves[i])) ==
          testing::at(links[i + kLinks / 2]));
  }
}

TEST_CASE("native memory counts as retained, and a shared buffer once") {
  HeapBuilder b;
  const Obj one = b.object("numpy.ndarray");
  const Obj two = b.object("numpy.ndarray");
  const Obj three = b.object("numpy.ndarray");
  const Obj pair = b.list({one, two});
  const Obj top = b.list({pair, three});
  b.nativeSize(one, 1'000'000, 7);
  b.nativeSize(two, 1'000'000, 7);
  b.nativeSize(three, 5'000);
  b.root(snapshot::RootKind::Interpreter, "top", top, true);
  const auto analysis = b.analyse();
  const heap::Dominators& d = analysis->dominators();
  CHECK(d.retained(testing::at(one)) == 16);
  CHECK(d.retained(testing::at(three)) == 5'016);
  CHECK(d.retained(testing::at(pair)) == 1'000'000 + 16 + 16 + 56 + 16);
  CHECK(d.retained(testing::at(top)) == d.retained(testing::at(pair)) + 5'016 + 56 + 16);
}

TEST_CASE("a cancelled analysis says so") {
  HeapBuilder b;
  const auto result =
      heap::analyse(b.snapshot(), RunControl([](std::string_view, double) { return false; }));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().code == ErrorCode::Cancelled);
}
