#include "server/heap/references.h"

#include <algorithm>
#include <map>
#include <random>

#include "server/heap/expression.h"
#include "tests/heap/heap_support.h"
#include "tests/support/catch.h"

using namespace whyalive;
using testing::at;
using testing::HeapBuilder;
using testing::Obj;

namespace {

std::vector<std::string> texts(const heap::ReferencePage& page) {
  std::vector<std::string> all;
  for (const heap::Reference& row : page.rows) all.push_back(row.text);
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an object's references are named as the program names them") {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj cls = b.cls("__main__", "Client");
  const Obj value = b.real(1.5);
  const Obj inlined = b.instance(cls, {{"a", value}, {"b", value}});
  const Obj spread = b.instanceWithDict(cls, {{"x", value}, {"y", inlined}});
  const Obj items = b.dict({{b.text("it's"), value}, {b.integer(12), inlined}});
  const Obj list = b.list({value, inlined, value});
  const Obj code = b.code("/app/main.py", "outer.<locals>.inner", 3, {"request", "reply"});
  const Obj inner = b.function(code, main, {{"request", list}, {"reply", items}});
  for (const auto& [name, o] :
       testing::Named{{"spread", spread}, {"items", items}, {"inner", inner}, {"list", list}}) {
    b.set(main, name, o);
  }
  const auto analysis = b.analyse();
  const auto of = [&](Obj o) { return heap::referentsOf(*analysis, at(o), 0, 100); };

  SECTION("two attributes with the same value are two references") {
    CHECK(texts(of(inlined)) == Texts{".__class__", ".a", ".b"});
  }
  SECTION("a namespace's entries are its owner's attributes") {
    const heap::ReferencePage page = of(spread);
    CHECK(std::ranges::count(texts(page), ".x") == 1);
    CHECK(std::ranges::count(texts(page), ".y") == 1);
    CHECK(std::ranges::count(texts(page), ".__dict__") == 0);
    CHECK(page.total == page.rows.size());
  }
  SECTION("entries come with their keys") {
    const heap::ReferencePage page = of(items);
    CHECK(texts(page) == Texts{"['it\\'s']", "[12]"});
    CHECK(analysis->graph().repr(page.rows[0].key) == "'it\\'s'");
    CHECK(page.rows[1].other == at(inlined));
  }
  SECTION("a page of a list") {
    const heap::ReferencePage page = heap::referentsOf(*analysis, at(list), 1, 1);
    CHECK(page.total == 3);
    CHECK(texts(page) == Texts{"[1]"});
    CHECK(heap::referentsOf(*analysis, at(list), 7, 5).rows.empty());
  }
  SECTION("a function's captured variables, without their cells") {
    const heap::ReferencePage page = of(inner);
    const auto row = std::ranges::find(page.rows, ".<closure reply>", &heap::Reference::text);
    REQUIRE(row != page.rows.end());
    CHECK(row->other == at(items));
  }
  SECTION("a module's globals") { CHECK(std::ranges::count(texts(of(main)), ".spread") == 1); }

  SECTION("referrers say whose namespace or variable it is") {
    const heap::ReferencePage page = heap::referrersOf(*analysis, at(list), 0, 100);
    REQUIRE(page.total == 2);
    std::map<std::string, ObjectIndex> owners;
    for (const heap::Reference& row : page.rows) owners[row.text] = row.owner;
    CHECK(owners == std::map<std::string, ObjectIndex>{{".list", at(main)},
                                                       {".<closure request>", at(inner)}});
  }
  SECTION("several references of one referrer are one row") {
    const heap::ReferencePage page = heap::referrersOf(*analysis, at(value), 0, 100);
    CHECK(page.total == 4);
    const auto row = std::ranges::find(page.rows, at(list), &heap::Reference::other);
    REQUIRE(row != page.rows.end());
    CHECK(row->count == 2);
    CHECK(row->text == "[0]");
    CHECK(row->owner == kNoObject);
  }
}

TEST_CASE("referents and referrers agree with the graph's edges in random graphs, page by page") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    const testing::TestHeap h =
        testing::heapOf(testing::randomGraph(seed, 3 + static_cast<int>(seed), 2.0));
    const testing::PlainGraph graph = plain(h);
    std::map<std::uint32_t, std::map<std::uint32_t, std::uint32_t>> into;
    for (const auto& [name, o] : h.nodes) {
      std::vector<std::uint32_t> found;
      const std::uint64_t pageSize = 1 + seed % 3;
      for (std::uint64_t first = 0;; first += pageSize) {
        const heap::ReferencePage page = heap::referentsOf(*h.analysis, o, first, pageSize);
        for (const heap::Reference& row : page.rows) found.push_back(raw(row.other));
        if (page.rows.size() < pageSize) break;
      }
      CHECK(found == graph.out[raw(o)]);
      for (const std::uint32_t target : found) ++into[target][raw(o)];
    }
    for (const auto& [name, o] : h.nodes) {
      std::map<std::uint32_t, std::uint32_t> found;
      Bytes last = UINT64_MAX;
      for (const heap::Reference& row : heap::referrersOf(*h.analysis, o, 0, 1000).rows) {
        found[raw(row.other)] = row.count;
        CHECK(h.analysis->dominators().retained(row.other) <= last);
        last = h.analysis->dominators().retained(row.other);
      }
      CHECK(found == into[raw(o)]);
    }
  }
}

TEST_CASE("a path of a million links is written with its ends alone") {
  HeapBuilder b;
  Obj next = b.none();
  constexpr int kLinks = 100'000;
  const Obj last = b.list();
  next = last;
  for (int i = 0; i < kLinks; ++i) next = b.list({next});
  b.set(b.module("__main__", "/app/main.py"), "first", next);
  const auto analysis = b.analyse();
  const std::string text = heap::expressionTo(*analysis, at(last));
  CHECK(text.starts_with("__main__.first[0][0]"));
  CHECK(text.find(" steps left out>[0]") != std::string::npos);
  CHECK(text.size() < 2000);
  CHECK(heap::expressionNear(*analysis, at(last)) == "…[0][0][0][0][0][0][0][0][0][0][0]");
  CHECK(heap::expressionNear(*analysis, at(next)) == "__main__.first");
}
