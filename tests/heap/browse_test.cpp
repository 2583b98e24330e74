// The dominator tree level by level, and the flame graph.
#include <algorithm>
#include <map>
#include <set>

#include "server/heap/dominator_rows.h"
#include "server/heap/expression.h"
#include "server/heap/flame.h"
#include "server/heap/path_tree.h"
#include "tests/heap/heap_support.h"
#include "tests/heap/story_support.h"
#include "tests/support/catch.h"

using namespace whyalive;
using heap::DominatorLevel;
using heap::DominatorsBy;
using testing::at;
using testing::HeapBuilder;
using testing::Obj;

namespace {

DominatorLevel level(const heap::Analysis& a, const heap::DominatorQuery& query) {
  auto found = heap::dominatorLevel(a, query);
  REQUIRE(found.has_value());
  return *std::move(found);
}

Bytes retainedOf(const DominatorLevel& level) {
  Bytes sum = 0;
  for (const heap::DominatorRow& row : level.rows) sum += row.retained;
  return sum;
}

heap::Flame flame(const heap::Analysis& a, const heap::FlameOptions& options = {}) {
  const auto tree = heap::FlameTree::find(a);
  REQUIRE(tree.has_value());
  auto found = tree->cut(options);
  REQUIRE(found.has_value());
  return *std::move(found);
}

}  // namespace

TEST_CASE("each level holds exactly the objects whose immediate dominator is the one above") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    const testing::TestHeap h = testing::heapOf(testing::randomGraph(seed, 40, 1.3));
    const heap::Dominators& d = h.analysis->dominators();
    std::map<ObjectIndex, std::set<ObjectIndex>> children;
    for (std::uint32_t o = 0; o < h.analysis->graph().objectCount(); ++o) {
      if (d.reachable(ObjectIndex{o})) children[d.idom(ObjectIndex{o})].insert(ObjectIndex{o});
    }
    std::vector<std::optional<ObjectIndex>> all{std::nullopt};
    for (const auto& [name, o] : h.nodes) all.emplace_back(o);
    for (const auto& o : all) {
      std::set<ObjectIndex> found;
      Bytes last = UINT64_MAX;
      for (std::uint64_t offset = 0;; offset += 3) {
        const DominatorLevel page =
            level(*h.analysis, {.object = o, .kinds = {}, .offset = offset, .limit = 3});
        CHECK(page.rowCount == children[o.value_or(kNoObject)].size());
        for (const heap::DominatorRow& row : page.rows) {
          found.insert(row.object);
          CHECK(row.retained <= last);
          CHECK(row.retained == d.retained(row.object));
          CHECK(row.children == children[row.object].size());
          last = row.retained;
        }
        if (page.rows.size() < 3) break;
      }
      CHECK(found == children[o.value_or(kNoObject)]);
      const DominatorLevel byKind =
          level(*h.analysis, {.object = o, .kinds = {}, .by = DominatorsBy::Kind, .limit = 1000});
      CHECK(retainedOf(byKind) + byKind.size == byKind.retained);
    }
  }
}

TEST_CASE("a way down by kinds leads to all objects of a row together") {
  HeapBuilder b;
  const Obj cls = b.cls("shop", "Order");
  const Obj orders = b.list();
  for (int i = 0; i < 4; ++i) {
    b.append(orders, b.instance(cls, {{"lines", b.list({b.real(i), b.real(i + 0.5)})}}));
  }
  const Obj main = b.module("__main__", "/app/main.py");
  b.set(main, "Order", cls);
  b.set(main, "orders", orders);
  const auto analysis = b.analyse();
  const DominatorLevel first =
      level(*analysis, {.object = at(orders), .kinds = {}, .by = DominatorsBy::Kind});
  REQUIRE(first.rows.size() == 1);
  CHECK(analysis->kinds().name(first.rows[0].kind) == "shop.Order");
  CHECK(first.rows[0].count == 4);
  CHECK(first.rows[0].children == 4);
  const std::vector<std::string> kinds{"shop.Order", "list"};
  const DominatorLevel last =
      level(*analysis, {.object = at(orders), .kinds = kinds, .by = DominatorsBy::Kind});
  CHECK(last.count == 4);
  REQUIRE(last.rows.size() == 1);
  CHECK(analysis->kinds().name(last.rows[0].kind) == "float");
  CHECK(last.rows[0].count == 8);
  CHECK(last.rows[0].retained + last.size == last.retained);
  const std::vector<std::string> nothing{"no such kind"};
  CHECK(level(*analysis, {.object = at(orders), .kinds = nothing}).rows.empty());
}

TEST_CASE("every reachable object stands once in the flame graph") {
  const auto analysis = testing::story({.questions = 60}).builder.analyse();
  const heap::Flame whole = flame(*analysis, {.under = {}, .maxNodes = 1'000'000});
  CHECK(whole.nodes.size() == whole.nodeCount);
  std::uint64_t count = 0;
  std::vector<std::uint64_t> below(whole.nodes.size());
  for (std::size_t i = whole.nodes.size(); i-- > 0;) {
    const heap::FlameNode& node = whole.nodes[i];
    count += node.count;
    CHECK(node.totalCount == node.count + below[i]);
    CHECK(node.hidden == 0);
    if (i == 0) continue;
    REQUIRE(node.parent < i);
    below[node.parent] += node.totalCount;
    CHECK(node.signature.size() == 40);
  }
  std::uint64_t reached = 0;
  for (std::uint32_t o = 0; o < analysis->graph().objectCount(); ++o) {
    reached += analysis->paths().reached(ObjectIndex{o}) ? 1 : 0;
  }
  CHECK(count == reached);
  CHECK(whole.nodes[0].totalCount == reached);
}

TEST_CASE("a flame graph is cut to its largest places, and can begin at any of them") {
  const auto analysis = testing::story({.questions = 60}).builder.analyse();
  const heap::Flame whole = flame(*analysis);
  const heap::Flame few = flame(*analysis, {.under = {}, .maxNodes = 6});
  REQUIRE(few.nodes.size() == 6);
  CHECK(few.nodeCount == whole.nodeCount);
  CHECK(std::ranges::any_of(few.nodes, [](const heap::FlameNode& n) { return n.hidden > 0; }));
  Bytes smallest = UINT64_MAX;
  std::set<std::string> shown;
  for (const heap::FlameNode& node : few.nodes) {
    smallest = std::min(smallest, node.totalSize);
    shown.insert(node.signature);
  }
  for (const heap::FlameNode& node : whole.nodes) {
    if (!shown.contains(node.signature)) CHECK(node.totalSize <= smallest);
  }
  const auto expected = std::ranges::find(whole.nodes, "._expected", &heap::FlameNode::label);
  REQUIRE(expected != whole.nodes.end());
  const heap::Flame above = flame(*analysis, {.under = expected->signature, .maxNodes = 50});
  CHECK(above.nodes[0].label == "._expected");
  CHECK(above.nodes[0].totalSize == expected->totalSize);
  CHECK(heap::FlameTree::find(*analysis)->cut({.under = "0123", .maxNodes = 5}).error().code ==
        ErrorCode::NotFound);
}
