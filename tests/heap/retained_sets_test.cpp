#include "server/heap/retained_sets.h"

#include "tests/heap/heap_support.h"
#include "tests/support/catch.h"

using namespace whyalive;
using whyalive::testing::heapOf;
using whyalive::testing::PlainGraph;
using whyalive::testing::TestHeap;

namespace {

Bytes retainedBy(const TestHeap& h, std::initializer_list<const char*> names) {
  std::vector<std::uint8_t> setOf(h.analysis->graph().objectCount(), heap::kInNoSet);
  for (const char* name : names) setOf[raw(h[name])] = 0;
  return heap::retainedBySets(h.analysis->graph(), h.analysis->roots(), setOf, 1)->front();
}

std::vector<std::uint32_t> membersOf(const std::vector<std::uint8_t>& setOf, std::uint8_t set) {
  std::vector<std::uint32_t> members;
  for (std::uint32_t o = 0; o < setOf.size(); ++o) {
    if (setOf[o] == set) members.push_back(o);
  }
  return members;
}

// What no root reaches past the members and they reach, them included.
Bytes goneWith(const TestHeap& h, const PlainGraph& graph,
               const std::vector<std::uint32_t>& members) {
  const std::vector<bool> stays = graph.reachedWithout(members);
  std::vector<std::uint32_t> todo = members;
  std::vector<bool> seen(graph.out.size());
  for (const std::uint32_t o : members) seen[o] = true;
  Bytes bytes = 0;
  while (!todo.empty()) {
    const std::uint32_t o = todo.back();
    todo.pop_back();
    bytes += h.analysis->graph().size(ObjectIndex{o});
    for (const std::uint32_t to : graph.out[o]) {
      if (seen[to] || stays[to]) continue;
      seen[to] = true;
      todo.push_back(to);
    }
  }
  return bytes;
}

}  // namespace

TEST_CASE("what two members hold together goes with both, and with none of them alone") {
  const TestHeap h =
      heapOf("root>a root>b a>x b>x x>y", {{"a", 1}, {"b", 10}, {"x", 100}, {"y", 1000}});
  CHECK(retainedBy(h, {"a"}) == 1);
  CHECK(retainedBy(h, {"a", "b"}) == 1111);
}

TEST_CASE("what a cycle that is entered at two places holds goes with both of its members") {
  const TestHeap h = heapOf("root>p root>q p>a q>b a>b b>a b>x",
                            {{"p", 5}, {"q", 5}, {"a", 1}, {"b", 10}, {"x", 100}});
  CHECK(retainedBy(h, {"a", "b"}) == 111);
  CHECK(retainedBy(h, {"p", "q"}) == 121);
  CHECK(retainedBy(h, {"p"}) == 5);
}

TEST_CASE("with garbage goes the garbage that it alone refers to, and nothing that lives") {
  const TestHeap h =
      heapOf("root>a g>h h>g h>a g>i", {{"a", 1}, {"g", 10}, {"h", 100}, {"i", 1000}});
  CHECK(retainedBy(h, {"i"}) == 1000);
  CHECK(retainedBy(h, {"h"}) == 1110);
}

TEST_CASE("the retained sizes of many sets agree with taking each away") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    const TestHeap h = heapOf(testing::randomGraph(seed, 60, 0.9 + seed % 5 * 0.4));
    const PlainGraph graph = plain(h);
    const auto sets = static_cast<std::uint8_t>(1 + seed % heap::kMostSets);
    std::vector<std::uint8_t> setOf(graph.out.size(), heap::kInNoSet);
    for (std::uint32_t o = 0; o < setOf.size(); ++o) {
      const std::uint32_t dice = (o * 7919 + seed * 104729) % 64;
      if (dice < sets) setOf[o] = static_cast<std::uint8_t>(dice);
    }
    const auto retained =
        heap::retainedBySets(h.analysis->graph(), h.analysis->roots(), setOf, sets);
    REQUIRE(retained);
    for (std::uint8_t set = 0; set < sets; ++set) {
      CHECK((*retained)[set] == goneWith(h, graph, membersOf(setOf, set)));
    }
  }
}

TEST_CASE("finding retained sizes can be cancelled") {
  const TestHeap h = heapOf("root>a a>b");
  const RunControl never([](std::string_view, double) { return false; });
  const std::vector<std::uint8_t> setOf(h.analysis->graph().objectCount(), heap::kInNoSet);
  const auto retained =
      heap::retainedBySets(h.analysis->graph(), h.analysis->roots(), setOf, 1, never);
  REQUIRE_FALSE(retained);
  CHECK(retained.error().code == ErrorCode::Cancelled);
}
