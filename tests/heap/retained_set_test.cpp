#include "server/heap/retained_set.h"

#include <algorithm>
#include <random>

#include "server/heap/retained_sets.h"
#include "tests/heap/heap_support.h"
#include "tests/support/catch.h"

using namespace whyalive;
using whyalive::testing::HeapBuilder;
using whyalive::testing::heapOf;
using whyalive::testing::Obj;
using whyalive::testing::PlainGraph;
using whyalive::testing::TestHeap;

namespace {

Bytes retainedBy(const TestHeap& h, std::initializer_list<const char*> names) {
  std::vector<ObjectIndex> set;
  for (const char* name : names) set.push_back(h[name]);
  return *heap::retainedSize(*h.analysis, set);
}

// As retained_sets.h finds it, by looking at the whole heap.
Bytes bySearch(const heap::Analysis& analysis, const std::vector<ObjectIndex>& set) {
  std::vector<std::uint8_t> setOf(analysis.graph().objectCount(), heap::kInNoSet);
  for (const ObjectIndex o : set) setOf[raw(o)] = 0;
  return heap::retainedBySets(analysis.graph(), analysis.roots(), setOf, 1)->front();
}

std::vector<ObjectIndex> someOf(std::uint32_t objects, std::uint32_t count, std::mt19937& random) {
  std::vector<ObjectIndex> all;
  for (std::uint32_t o = 0; o < objects; ++o) all.push_back(ObjectIndex{o});
  std::ranges::shuffle(all, random);
  all.resize(std::min(count, objects));
  std::ranges::sort(all);
  return all;
}

}  // namespace

TEST_CASE("what members hold together goes with the set, unless something else refers to it") {
  const TestHeap h = heapOf("root>a root>b root>z a>c a>x b>x b>y z>y x>w",
                            {{"a", 1}, {"b", 10}, {"c", 100}, {"x", 1000}, {"w", 10000}, {"y", 5}});
  CHECK(retainedBy(h, {"a"}) == 101);
  CHECK(retainedBy(h, {"a", "b"}) == 11111);
  CHECK(retainedBy(h, {"a", "b", "z"}) == 11116 + h.retainedBy("z"));
  CHECK(retainedBy(h, {}) == 0);
}

TEST_CASE(
    "what stands above one member lives on though the shortest way to it leads through another") {
  // x dominates s; the way through t is shorter than the one through p and q.
  const TestHeap h = heapOf("root>t root>p p>q q>x t>x x>s",
                            {{"t", 1}, {"x", 10}, {"s", 100}, {"p", 1000}, {"q", 5}});
  CHECK(retainedBy(h, {"t", "s"}) == 101);
  CHECK(retainedBy(h, {"t", "q"}) == 1 + 5 + 110);
  CHECK(retainedBy(h, {"t", "p", "s"}) == 1116);
}

TEST_CASE("a root that a member refers to lives on, and a member that is a root goes") {
  HeapBuilder b;
  const Obj main = b.module("app", "/app.py");
  const Obj held = b.list({});
  const Obj holder = b.list({held});
  b.set(main, "holder", holder);
  b.root(snapshot::RootKind::AtExit, "held", held, true);
  const auto analysis = b.analyse();
  const std::vector<ObjectIndex> set{testing::at(holder)};
  const std::vector<ObjectIndex> both{testing::at(held), testing::at(holder)};
  const Bytes all = analysis->graph().size(both[0]) + analysis->graph().size(both[1]);
  CHECK(*heap::retainedSize(*analysis, set) == analysis->graph().size(set[0]));
  CHECK(*heap::retainedSize(*analysis, both) == all);
}

TEST_CASE("with garbage goes the garbage that a member refers to") {
  const TestHeap h =
      heapOf("root>a g>h h>g h>a g>i", {{"a", 1}, {"g", 10}, {"h", 100}, {"i", 1000}});
  CHECK(retainedBy(h, {"i"}) == 1000);
  CHECK(retainedBy(h, {"h"}) == 1110);
  CHECK(retainedBy(h, {"a", "h"}) == 1111);
}

TEST_CASE("the retained size of any set agrees with a search through the heap") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    const TestHeap h = heapOf(testing::randomGraph(seed, 70, 0.8 + seed % 7 * 0.3));
    std::mt19937 random(seed);
    const std::uint32_t objects = h.analysis->graph().objectCount();
    for (const std::uint32_t count : {1u, 2u, 5u, 20u, objects / 2, objects}) {
      const auto set = someOf(objects, count, random);
      CHECK(*heap::retainedSize(*h.analysis, set) == bySearch(*h.analysis, set));
    }
  }
}

TEST_CASE("memory outside the objects goes with the last that uses it") {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const auto dice = [&](unsigned sides) { return static_cast<unsigned>(random() % sides); };
    HeapBuilder b;
    std::vector<Obj> lists;
    for (int i = 0; i < 24; ++i) lists.push_back(b.list({}));
    for (int i = 0; i < 40; ++i) b.append(lists[dice(24)], lists[dice(24)]);
    const Obj main = b.module("app", "/app.py");
    for (int i = 0; i < 3; ++i) b.set(main, "name" + std::to_string(i), lists[dice(24)]);
    for (int i = 0; i < 2; ++i) b.hold(lists[dice(24)]);
    for (int i = 0; i < 16; ++i) b.nativeSize(lists[dice(24)], 1000, dice(5));
    const auto analysis = b.analyse();
    for (const std::uint32_t count : {1u, 2u, 4u, 10u}) {
      std::vector<ObjectIndex> set;
      for (std::uint32_t i = 0; i < count; ++i) set.push_back(testing::at(lists[dice(24)]));
      std::ranges::sort(set);
      set.erase(std::ranges::unique(set).begin(), set.end());
      CHECK(*heap::retainedSize(*analysis, set) == bySearch(*analysis, set));
    }
  }
}

TEST_CASE("several sets retain the same together and one by one") {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    const TestHeap h = heapOf(testing::randomGraph(seed, 60, 0.8 + seed % 5 * 0.4));
    std::mt19937 random(seed);
    const std::uint32_t objects = h.analysis->graph().objectCount();
    std::vector<std::uint8_t> setOf(objects, heap::kInNoSet);
    const std::uint32_t sets = 1 + seed % heap::kMostSets;
    for (const ObjectIndex o : someOf(objects, 30, random)) {
      setOf[raw(o)] = static_cast<std::uint8_t>(random() % sets);
    }
    const auto together =
        heap::retainedBySets(h.analysis->graph(), h.analysis->roots(), setOf, sets);
    // By what they are said to hold it chooses the way.
    const std::vector<Bytes> little(sets, 0), much(sets, h.analysis->dominators().totalReachable());
    CHECK(*heap::retainedSizes(*h.analysis, setOf, little) == *together);
    CHECK(*heap::retainedSizes(*h.analysis, setOf, much) == *together);
  }
}

TEST_CASE("finding the retained size of a set can be cancelled") {
  const TestHeap h = heapOf("root>a a>b");
  const RunControl never([](std::string_view, double) { return false; });
  const ObjectIndex set[] = {h["a"]};
  const auto retained = heap::retainedSize(*h.analysis, set, never);
  REQUIRE_FALSE(retained);
  CHECK(retained.error().code == ErrorCode::Cancelled);
  const std::vector<std::uint8_t> setOf(h.analysis->graph().objectCount(), 0);
  for (const Bytes atLeast : {Bytes{0}, h.analysis->dominators().totalReachable() + 1}) {
    const std::vector<Bytes> bounds{atLeast};
    CHECK_FALSE(heap::retainedSizes(*h.analysis, setOf, bounds, never));
  }
}
