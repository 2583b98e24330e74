// The ways of dividing the heap against what a plain look at every reference says, and their
// nesting.
#include "server/heap/partition.h"

#include <algorithm>
#include <map>
#include <set>

#include "server/heap/settled_sizes.h"
#include "tests/heap/heap_support.h"
#include "tests/heap/story_support.h"
#include "tests/support/catch.h"

using namespace whyalive;
using heap::HeapGraph;
using heap::PartitionBy;
using heap::PartitionPart;
using heap::PartitionRow;
using heap::PartitionTable;
using testing::HeapBuilder;
using testing::Obj;
using testing::story;

namespace {

const PartitionRow* row(const PartitionTable& table, std::string_view label) {
  const auto it = std::ranges::find(table.rows, label, &PartitionRow::label);
  return it == table.rows.end() ? nullptr : &*it;
}

PartitionTable divided(const heap::Analysis& analysis, PartitionBy by,
                       const heap::PartitionOptions& options = {}) {
  auto table = heap::partition(analysis, by, options);
  REQUIRE(table.has_value());
  return *std::move(table);
}

std::string joined(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "<nothing>" : text;
}

// Objects by the kinds of their referrers, asked object by object.
std::map<std::string, std::uint64_t> referrersPlainly(const heap::Analysis& a) {
  std::vector<std::set<std::string>> sets(a.graph().objectCount());
  for (std::uint32_t o = 0; o < a.graph().objectCount(); ++o) {
    a.graph().forEachReference(ObjectIndex{o}, [&](const heap::Label& label, ObjectIndex target) {
      if (label.kind == heap::LabelKind::BorrowedKey) return;
      sets[raw(target)].emplace(a.kinds().name(a.kinds().of(ObjectIndex{o})));
    });
  }
  std::map<std::string, std::uint64_t> counts;
  for (const auto& set : sets) ++counts[set.size() > 12 ? "more than 12 kinds" : joined(set)];
  return counts;
}

}  // namespace

TEST_CASE("every way of dividing the heap adds up to the heap") {
  const auto analysis = story({.questions = 50}).builder.analyse();
  for (const std::string_view word : heap::partitionWords()) {
    INFO(word);
    const PartitionBy by = heap::partitionBy(word).value();
    const PartitionTable table = divided(*analysis, by);
    std::uint64_t count = 0;
    Bytes size = 0;
    for (const PartitionRow& r : table.rows) {
      count += r.count;
      size += r.size;
      CHECK(r.index == static_cast<std::uint32_t>(&r - table.rows.data()));
    }
    CHECK(count == analysis->graph().objectCount());
    CHECK(size == table.totalSize);
    CHECK(table.rowCount == table.rows.size());
    CHECK(std::ranges::is_sorted(table.rows, std::greater{}, &PartitionRow::size));
  }
}

TEST_CASE("by referrers is by the set of the referrers' kinds") {
  const auto check = [](const heap::Analysis& analysis) {
    const PartitionTable table = divided(analysis, PartitionBy::Referrers);
    std::map<std::string, std::uint64_t> counts;
    for (const PartitionRow& r : table.rows) counts[r.label] = r.count;
    CHECK(counts == referrersPlainly(analysis));
  };
  check(*story({.questions = 30}).builder.analyse());
  for (unsigned seed = 1; seed <= 30; ++seed) {
    check(*testing::heapOf(testing::randomGraph(seed, 60, 2.0)).analysis);
  }
}

TEST_CASE("by via tells attributes by name, and keys only where they name fields") {
  HeapBuilder b;
  const Obj main = b.module("__main__");
  const Obj row = b.cls("__main__", "Row");
  const Obj table = b.dict();
  b.set(main, "table", table);
  const Obj tags = b.text("tags");
  std::vector<Obj> lists;
  for (int i = 0; i < 20; ++i) {
    const Obj instance = b.instance(row, {});
    const Obj fields = b.dict();
    const Obj list = b.list({b.integer(70000 + i)});
    b.put(fields, tags, list);
    b.setAttribute(instance, "fields", fields);
    b.put(table, b.text("row " + std::to_string(i)), instance);
    lists.push_back(list);
  }
  const auto analysis = b.analyse();
  const PartitionTable via = divided(*analysis, PartitionBy::Via);
  REQUIRE(::row(via, "['tags']") != nullptr);
  CHECK(::row(via, "['tags']")->count == 20);
  CHECK(::row(via, ".fields")->count == 20);
  CHECK(::row(via, "[…]")->count >= 40);  // the rows of the table, the numbers in the lists
  CHECK(::row(via, "['row 1']") == nullptr);
}

TEST_CASE("an object that is referred to in very many ways has one label for them") {
  HeapBuilder b;
  const Obj main = b.module("__main__");
  const Obj shared = b.list({});
  for (int i = 0; i < 40; ++i) b.set(main, "name" + std::to_string(i), shared);
  const PartitionTable via = divided(*b.analyse(), PartitionBy::Via);
  REQUIRE(row(via, "more than 12 ways") != nullptr);
}

TEST_CASE("by holder shows where things pile up") {
  const auto analysis = story({.questions = 100}).builder.analyse();
  const PartitionTable holders = divided(*analysis, PartitionBy::Holder);
  const PartitionRow* expected = row(holders, "__main__.client.Dispatcher._expected");
  REQUIRE(expected != nullptr);
  CHECK(expected->count > 300);
  CHECK(row(holders, "__main__") != nullptr);
  // The dict itself stands with its entries, and keeps them.
  CHECK(expected->retained >= expected->size);
}

TEST_CASE("by id shows each object, page by page") {
  const auto analysis = story({.questions = 20}).builder.analyse();
  const PartitionTable all = divided(*analysis, PartitionBy::Id);
  const PartitionTable page = divided(*analysis, PartitionBy::Id, {.offset = 5, .limit = 7});
  CHECK(page.rowCount == all.rows.size());
  REQUIRE(page.rows.size() == 7);
  for (std::size_t i = 0; i < 7; ++i) {
    CHECK(page.rows[i].object == all.rows[i + 5].object);
    CHECK(page.rows[i].index == i + 5);
  }
  CHECK(divided(*analysis, PartitionBy::Id, {.offset = 1u << 30, .limit = 7}).rows.empty());
}

TEST_CASE("tables nest: a row is divided another way") {
  const auto analysis = story({.questions = 40}).builder.analyse();
  const std::vector<PartitionPart> stanzas{{PartitionBy::Type, "xmpp.protocol.Iq"}};
  const PartitionTable via = divided(*analysis, PartitionBy::Via, {.within = stanzas});
  CHECK(via.totalCount == 40);
  std::vector<PartitionPart> deeper = stanzas;
  deeper.push_back({PartitionBy::Via, via.rows[0].label});
  const PartitionTable sizes = divided(*analysis, PartitionBy::Size, {.within = deeper});
  CHECK(sizes.totalCount == via.rows[0].count);
  CHECK(heap::objectsWithin(*analysis, deeper)->size() == via.rows[0].count);
  CHECK(divided(*analysis, PartitionBy::Kind, {.within = {{PartitionBy::Type, "no.such.Type"}}})
            .rows.empty());
  const std::string id = std::to_string(raw(heap::objectsWithin(*analysis, deeper)->front()));
  CHECK(heap::objectsWithin(*analysis, std::vector<PartitionPart>{{PartitionBy::Id, id}})->size() ==
        1);
}

TEST_CASE("a set of objects is divided, and its growth is that of the other set") {
  const auto before = story({.questions = 30}).builder.analyse();
  const auto now = story({.questions = 50}).builder.analyse();
  const std::vector<PartitionPart> stanzas{{PartitionBy::Type, "xmpp.protocol.Iq"}};
  const auto ofNow = heap::objectsWithin(*now, stanzas).value();
  const auto ofBefore = heap::objectsWithin(*before, stanzas).value();
  heap::PartitionOptions options;
  options.since = before.get();
  options.of = ofNow;
  options.ofSince = ofBefore;
  const PartitionTable table = divided(*now, PartitionBy::Kind, options);
  REQUIRE(table.rows.size() == 1);
  CHECK(table.rows[0].count == 50);
  CHECK(table.rows[0].growth->count == 20);
  CHECK(table.totalGrowth->count == 20);
}

TEST_CASE("retained sizes that were found once are found without a look at the heap") {
  const auto analysis = story({.questions = 50}).builder.analyse();
  heap::SettledSizes settled;
  int looks = 0;
  const RunControl counting([&](std::string_view step, double) {
    looks += step == "finding retained sizes" ? 1 : 0;
    return true;
  });
  const auto sizes = [](const PartitionTable& table) {
    std::map<std::string, std::pair<Bytes, bool>> found;
    for (const PartitionRow& r : table.rows) found[r.label] = {r.retained, r.atLeast};
    return found;
  };
  const auto page = [&](PartitionBy by, std::size_t offset, std::vector<PartitionPart> within) {
    heap::PartitionOptions options;
    options.within = std::move(within);
    options.offset = offset;
    options.limit = 7;
    const PartitionTable plain = divided(*analysis, by, options);
    options.settled = &settled;
    looks = 0;
    const auto table = heap::partition(*analysis, by, options, counting);
    REQUIRE(table.has_value());
    CHECK(sizes(*table) == sizes(plain));
    return looks;
  };
  for (const PartitionBy by : {PartitionBy::Kind, PartitionBy::Type, PartitionBy::Holder}) {
    CHECK(page(by, 0, {}) > 0);
    CHECK(page(by, 0, {}) == 0);
    CHECK(page(by, 3, {}) > 0);  // rows of both pages
    CHECK(page(by, 3, {}) == 0);
  }
  // A part of the heap is another set.
  CHECK(page(PartitionBy::Kind, 0, {{PartitionBy::Type, "str"}}) > 0);
  CHECK(page(PartitionBy::Kind, 0, {{PartitionBy::Type, "dict"}}) > 0);
  CHECK(page(PartitionBy::Kind, 0, {}) == 0);
}

TEST_CASE("any number of groups are told apart") {
  for (const std::uint32_t sizes : {1000u, 66'000u}) {  // numbered in two bytes, and in four
    testing::HeapBuilder b;
    std::vector<testing::Obj> items;
    for (std::uint32_t i = 0; i < sizes; ++i) {
      items.push_back(b.list({}));
      b.resize(items.back(), 100'000 + std::uint64_t{i} * 8);
    }
    b.set(b.module("app", "/app.py"), "items", b.list(items));
    const auto analysis = b.analyse();
    CHECK(divided(*analysis, PartitionBy::Size, {.limit = 5}).rowCount >= sizes);
    for (const std::uint32_t i : {0u, 500u, sizes - 1}) {
      const PartitionPart row{PartitionBy::Size, std::to_string(100'000 + std::uint64_t{i} * 8)};
      const auto objects = heap::objectsWithin(*analysis, std::span(&row, 1));
      REQUIRE(objects.has_value());
      CHECK(*objects == std::vector<ObjectIndex>{testing::at(items[i])});
    }
  }
}

TEST_CASE("dividing the heap can be cancelled") {
  const auto analysis = story({.questions = 20}).builder.analyse();
  const RunControl stop([](std::string_view, double) { return false; });
  for (const PartitionBy by : {PartitionBy::Holder, PartitionBy::Referrers, PartitionBy::Via}) {
    const auto table = heap::partition(*analysis, by, {}, stop);
    REQUIRE_FALSE(table.has_value());
    CHECK(table.error().code == ErrorCode::Cancelled);
  }
}
