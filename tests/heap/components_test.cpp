#include "server/heap/components.h"

#include <algorithm>
#include <set>

#include "tests/heap/heap_support.h"
#include "tests/support/catch.h"

using namespace whyalive;
using whyalive::testing::heapOf;
using whyalive::testing::PlainGraph;
using whyalive::testing::TestHeap;

namespace {

using Cycles = std::set<std::set<std::uint32_t>>;

Cycles cyclesOf(const TestHeap& h) {
  const auto components = heap::Components::find(h.analysis->graph(), {});
  REQUIRE(components.has_value());
  Cycles cycles;
  for (std::uint32_t i = 0; i < components->cycleCount(); ++i) {
    const auto members = components->members(i);
    cycles.emplace(members.begin(), members.end());
  }
  CHECK(cycles.size() == components->cycleCount());
  return cycles;
}

std::vector<bool> reachedFrom(const PlainGraph& graph, std::uint32_t start) {
  std::vector<bool> seen(graph.out.size());
  std::vector<std::uint32_t> stack{start};
  while (!stack.empty()) {
    const std::uint32_t o = stack.back();
    stack.pop_back();
    for (const std::uint32_t target : graph.out[o]) {
      if (seen[target]) continue;
      seen[target] = true;
      stack.push_back(target);
    }
  }
  return seen;
}

}  // namespace

TEST_CASE("cycles are found with all their members, and nothing else") {
  const TestHeap h = heapOf("root>a a>b b>c c>b c>d d>d d>e");
  CHECK(cyclesOf(h) == Cycles{{raw(h["b"]), raw(h["c"])}, {raw(h["d"])}});
}

TEST_CASE("cycles agree with mutual reachability in random graphs") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    const TestHeap h =
        heapOf(testing::randomGraph(seed, 3 + static_cast<int>(seed % 40), 0.4 + seed % 4 * 0.4));
    const PlainGraph graph = plain(h);
    std::vector<std::vector<bool>> reaches;
    for (std::uint32_t o = 0; o < graph.out.size(); ++o) reaches.push_back(reachedFrom(graph, o));
    Cycles expected;
    for (std::uint32_t o = 0; o < graph.out.size(); ++o) {
      std::set<std::uint32_t> members;
      for (std::uint32_t other = 0; other < graph.out.size(); ++other) {
        if (reaches[o][other] && reaches[other][o]) members.insert(other);
      }
      if (!members.empty()) expected.insert(members);
    }
    CHECK(cyclesOf(h) == expected);
  }
}

TEST_CASE("one cycle through a long list overflows no stack") {
  testing::HeapBuilder b;
  constexpr std::uint32_t kLinks = 300'000;
  const testing::Obj last = b.object("test.Link");
  testing::Obj next = last;
  for (std::uint32_t i = 1; i < kLinks; ++i) next = b.object("test.Link", {next});
  b.append(last, next);
  const auto components = heap::Components::find(b.analyse()->graph(), {});
  REQUIRE(components.has_value());
  REQUIRE(components->cycleCount() == 1);
  CHECK(components->members(0).size() == kLinks);
}
