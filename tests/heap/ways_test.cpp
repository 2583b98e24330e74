#include "server/heap/ways.h"

#include <algorithm>
#include <functional>
#include <set>

#include "tests/heap/heap_support.h"
#include "tests/support/catch.h"

using namespace whyalive;
using testing::at;
using testing::HeapBuilder;
using testing::Obj;

namespace {

using Path = std::vector<std::uint32_t>;

constexpr heap::WaySearch kAll{.paths = SIZE_MAX, .visits = UINT32_MAX, .budget = SIZE_MAX};

std::vector<Path> numbers(const heap::Ways& ways) {
  std::vector<Path> paths;
  for (const auto& way : ways.paths) {
    Path& path = paths.emplace_back();
    for (const ObjectIndex o : way) path.push_back(raw(o));
  }
  return paths;
}

// Every simple path from a root to the goal.
std::set<Path> allPaths(const testing::TestHeap& h, std::uint32_t goal) {
  const testing::PlainGraph graph = plain(h);
  std::set<Path> found;
  Path path;
  const std::function<void(std::uint32_t)> walk = [&](std::uint32_t o) {
    if (std::ranges::find(path, o) != path.end()) return;
    path.push_back(o);
    if (o == goal) {
      found.insert(path);
    } else {
      for (const std::uint32_t target : graph.out[o]) walk(target);
    }
    path.pop_back();
  };
  for (const std::uint32_t root : graph.roots) walk(root);
  return found;
}

std::vector<std::string> expressions(const heap::WhyThisAlive& why) {
  std::vector<std::string> all;
  for (const heap::MergedWay& way : why.paths) all.push_back(way.path.expression);
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("all ways to an object agree with an exhaustive walk over random graphs") {
  std::size_t paths = 0;
  for (unsigned seed = 1; seed <= 120; ++seed) {
    INFO("seed " << seed);
    const testing::TestHeap h =
        testing::heapOf(testing::randomGraph(seed, 3 + static_cast<int>(seed % 9), 1.6));
    for (const auto& [name, o] : h.nodes) {
      const auto ways = heap::findWays(*h.analysis, o, kAll);
      REQUIRE(ways.has_value());
      CHECK(!ways->more);
      const std::vector<Path> found = numbers(*ways);
      const std::set<Path> expected = allPaths(h, raw(o));
      CHECK(std::set<Path>(found.begin(), found.end()) == expected);
      CHECK(found.size() == expected.size());
      paths += found.size();
    }
  }
  CHECK(paths > 1000);
}

TEST_CASE("the first ways found are the shortest, where no path is named by stages") {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    const testing::TestHeap h = testing::heapOf(testing::randomGraph(seed, 10, 1.8));
    const bool staged = std::ranges::any_of(h.analysis->roots().all(), [](const heap::Root& root) {
      return root.group == heap::RootGroup::Native;
    });
    if (staged) continue;
    for (const auto& [name, o] : h.nodes) {
      std::vector<std::size_t> lengths;
      for (const Path& path : allPaths(h, raw(o))) lengths.push_back(path.size());
      std::ranges::sort(lengths);
      const auto ways =
          heap::findWays(*h.analysis, o, {.paths = 3, .visits = UINT32_MAX, .budget = SIZE_MAX});
      REQUIRE(ways.has_value());
      CHECK(ways->paths.size() >= std::min<std::size_t>(3, lengths.size()));
      for (std::size_t i = 0; i < ways->paths.size(); ++i) {
        CHECK(ways->paths[i].size() == lengths[i]);
      }
    }
  }
}

TEST_CASE("every holder of an object is told, and equal ways are one") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj cls = b.cls("__main__", "Order");
  const Obj order = b.instance(cls);
  const Obj byNumber = b.dict({{b.integer(12), order}});
  const Obj recent = b.list({b.none(), order});
  const Obj pairs = b.list();
  for (int i = 0; i < 3; ++i) b.append(pairs, b.tuple({b.integer(i), order}));
  // What the object refers to refers back: no way to the roots.
  b.setAttribute(order, "shop", b.instance(cls, {{"current", order}}));
  b.set(main, "by_number", byNumber);
  b.set(main, "recent", recent);
  b.set(main, "pairs", pairs);
  b.runningFrame(b.code("/app/main.py", "handle", 1), 7, {{"order", order}});
  const auto analysis = b.analyse();
  const auto why = heap::whyThisAlive(*analysis, at(order), 10);
  REQUIRE(why.has_value());
  CHECK(expressions(*why) == Texts{"<frame handle (main.py:7)>.<local order>",
                                   "__main__.by_number[12]", "__main__.recent[1]",
                                   "__main__.pairs[…][…]"});
  CHECK(why->paths[3].ways == 3);
  CHECK(why->pathCount == 4);
  CHECK(!why->more);
  CHECK(why->reachable);
  const auto two = heap::whyThisAlive(*analysis, at(order), 2);
  CHECK(two->paths.size() == 2);
  CHECK(two->pathCount == 4);
}

TEST_CASE("a type does not keep its instances' world, nor does one module another's") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj other = b.module("other", "/app/other.py");
  const Obj value = b.list();
  b.set(main, "value", value);
  b.set(other, "main", main);
  b.set(other, "work", b.function(b.code("/app/main.py", "work", 1), main));
  const auto why = heap::whyThisAlive(*b.analyse(), at(value), 10);
  REQUIRE(why.has_value());
  CHECK(expressions(*why) == Texts{"__main__.value"});
}

TEST_CASE("garbage has no ways; the end of a long list has one; a cancelled search says so") {
  const testing::TestHeap h = testing::heapOf("root>a g>h h>g");
  CHECK(!heap::whyThisAlive(*h.analysis, h["g"], 5)->reachable);
  HeapBuilder b;
  const Obj last = b.list();
  Obj next = last;
  for (int i = 0; i < 200'000; ++i) next = b.list({next});
  b.set(b.module("__main__", "/app/main.py"), "first", next);
  const auto analysis = b.analyse();
  const auto why = heap::whyThisAlive(*analysis, at(last), 5);
  REQUIRE(why.has_value());
  REQUIRE(why->paths.size() == 1);
  CHECK(why->paths[0].path.expression.starts_with("__main__.first[0][0]"));
  const RunControl stop([](std::string_view, double) { return false; });
  const auto stopped = heap::whyThisAlive(*analysis, at(last), 5, stop);
  REQUIRE(!stopped.has_value());
  CHECK(stopped.error().code == ErrorCode::Cancelled);
}
