// What changed between snapshots: groups by name, objects one by one.
#include "server/heap/series.h"

#include <algorithm>
#include <limits>
#include <random>
#include <set>

#include "server/heap/flame.h"
#include "tests/heap/heap_support.h"
#include "tests/heap/story_support.h"
#include "tests/support/catch.h"

using namespace whyalive;
using heap::Fate;
using heap::Series;
using heap::SeriesBy;
using testing::at;
using testing::HeapBuilder;
using testing::Obj;

namespace {

using Snapshots = std::vector<std::shared_ptr<const heap::Analysis>>;

std::vector<const heap::Analysis*> pointers(const Snapshots& snapshots) {
  std::vector<const heap::Analysis*> all;
  for (const auto& one : snapshots) all.push_back(one.get());
  return all;
}

Series seriesOf(const Snapshots& snapshots, const heap::SeriesOptions& options) {
  auto series = heap::seriesOf(pointers(snapshots), options);
  REQUIRE(series.has_value());
  return *std::move(series);
}

const heap::SeriesRow* row(const Series& series, std::string_view label) {
  const auto it = std::ranges::find(series.rows, label, &heap::SeriesRow::label);
  return it == series.rows.end() ? nullptr : &*it;
}

Snapshots growing() {
  Snapshots snapshots;
  for (const int questions : {100, 140, 150}) {
    snapshots.push_back(testing::story({.questions = questions}).builder.analyse());
  }
  return snapshots;
}

// A heap whose objects lie where the test says. Lists hold lists and integers.
struct Made {
  std::uint64_t address = 0;
  std::optional<std::int64_t> value;  // an int; else a list …
  std::vector<std::size_t> refers;    // … of these
};

// Identities of the values that one of them leads to.
std::vector<std::size_t> valuesOf(const std::vector<Made>& made, const std::vector<int>& identity,
                                  long from) {
  std::vector<std::size_t> values;
  std::vector<std::size_t> todo{static_cast<std::size_t>(from)};
  while (!todo.empty()) {
    const std::size_t one = todo.back();
    todo.pop_back();
    if (made[one].value) values.push_back(static_cast<std::size_t>(identity[one]));
    todo.insert(todo.end(), made[one].refers.begin(), made[one].refers.end());
  }
  return values;
}

std::shared_ptr<const heap::Analysis> heapOf(const std::vector<Made>& made,
                                             std::vector<ObjectIndex>& ids) {
  HeapBuilder b;
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj all = b.list();
  b.set(main, "all", all);
  std::vector<Obj> objects;
  for (const Made& one : made) objects.push_back(one.value ? b.integer(*one.value) : b.list());
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (!made[i].value) b.append(all, objects[i]);
    for (const std::size_t to : made[i].refers) b.append(objects[i], objects[to]);
  }
  for (std::size_t i = 0; i < made.size(); ++i) {
    b.place(objects[i], made[i].address);
    ids.push_back(at(objects[i]));
  }
  return b.analyse();
}

}  // namespace

TEST_CASE("kinds have a count for each snapshot, and grew in each or not") {
  const Snapshots snapshots = growing();
  const Series series = seriesOf(snapshots, {});
  const heap::SeriesRow* iq = row(series, "xmpp.protocol.Iq");
  REQUIRE(iq != nullptr);
  CHECK(iq->counts == std::vector<std::uint64_t>{100, 140, 150});
  CHECK(iq->countGrowth() == 50);
  CHECK(iq->grewAlways());
  CHECK(iq->type == "xmpp.protocol.Iq");
  CHECK(series.counts.back() > series.counts.front());
  for (std::size_t i = 1; i < series.rows.size(); ++i) {
    CHECK(series.rows[i - 1].sizeGrowth() >= series.rows[i].sizeGrowth());
  }
  CHECK(seriesOf({snapshots[0], snapshots[0]}, {}).rows.empty());
  CHECK(seriesOf({snapshots[0]}, {.by = SeriesBy::Kind, .all = true}).rows.size() > 5);
  CHECK(row(seriesOf(snapshots, {.by = SeriesBy::Module}), "xmpp.protocol")->countGrowth() == 50);
}

TEST_CASE("counts and sizes of every partition add up to the heap") {
  const Snapshots snapshots = growing();
  for (const SeriesBy by : {SeriesBy::Kind, SeriesBy::Type, SeriesBy::Module, SeriesBy::Path}) {
    const Series series = seriesOf(snapshots, {.by = by, .all = true});
    for (std::size_t i = 0; i < snapshots.size(); ++i) {
      std::uint64_t count = 0;
      Bytes size = 0;
      for (const heap::SeriesRow& one : series.rows) {
        count += one.counts[i];
        size += one.sizes[i];
      }
      const bool whole = snapshots[i]->dominators().garbageCount() == 0;
      REQUIRE(whole);
      CHECK(count == series.counts[i]);
      CHECK(size == series.sizes[i]);
    }
  }
}

TEST_CASE("holders that hold more are told once, where they begin, with their signature") {
  const Snapshots snapshots = growing();
  const auto all = pointers(snapshots);
  const Series series = seriesOf(snapshots, {.by = SeriesBy::Holder});
  REQUIRE(!series.rows.empty());
  const heap::SeriesRow& first = series.rows.front();
  CHECK(heap::labelOf(all, first) == "__main__.client.Dispatcher._expected");
  CHECK(first.counts == std::vector<std::uint64_t>{100, 140, 150});
  CHECK(heap::signatureOf(first).size() == 40);

  const std::vector<heap::SeriesKey> keys{{SeriesBy::Holder, heap::signatureOf(first)},
                                          {SeriesBy::Type, "xmpp.protocol.Iq"},
                                          {SeriesBy::Type, "no.such.Type"}};
  const auto points = heap::pointsOf(*snapshots[1], keys);
  REQUIRE(points.has_value());
  CHECK((*points)[0].count == 140);
  CHECK((*points)[1].count == 140);
  CHECK((*points)[1].retained > 140 * 48);
  CHECK((*points)[2].count == 0);
}

TEST_CASE("places of the flame graph can be compared, too") {
  const Snapshots snapshots = growing();
  const Series series = seriesOf(snapshots, {.by = SeriesBy::Path});
  const auto all = pointers(snapshots);
  CHECK(std::ranges::any_of(series.rows, [&](const heap::SeriesRow& one) {
    return heap::labelOf(all, one) == "__main__.client.Dispatcher._expected[…]" &&
           one.type == "tuple" && one.countGrowth() == 50;
  }));
}

TEST_CASE("a container that was replaced by an equal one is not called the same") {
  std::vector<ObjectIndex> before, now;
  // Ints at 0x1000 and 0x2000 are shared, that at 0x3000 belongs to one list alone.
  const std::vector<Made> made{
      {0x1000, 7, {}},         {0x2000, 8, {}},      {0x3000, 9, {}},
      {0x4000, {}, {0, 1}},    {0x5000, {}, {0, 1}}, {0x6000, {}, {0, 2}},
      {0x7000, {}, {3, 4, 5}}, {0x8000, {}, {}},     {0x9000, {}, {3, 4, 5, 7}}};
  const auto first = heapOf(made, before);
  const auto second = heapOf(made, now);
  const auto fates = heap::fatesOf(first->graph(), second->graph());
  REQUIRE(fates.has_value());
  const auto of = [&](std::size_t i) { return fates->now[raw(now[i])]; };
  CHECK(of(0) == Fate::Survived);   // a value
  CHECK(of(3) == Fate::Uncertain);  // [7, 8], of shared ones: may have been replaced
  CHECK(of(5) == Fate::Survived);   // has an int of its own
  CHECK(of(6) == Fate::Uncertain);  // what it refers to is another one's, too
  CHECK(of(7) == Fate::Uncertain);  // an empty list says nothing
  CHECK(fates->counts().gone == 0);
}

TEST_CASE(
    "in one and the same snapshot nothing is new, and what has something of its own is sure") {
  testing::Story s = testing::story({.questions = 40});
  s.builder.set(s.main, "nothing", s.builder.real(std::numeric_limits<double>::quiet_NaN()));
  const auto analysis = s.builder.analyse();
  const auto fates = heap::fatesOf(analysis->graph(), analysis->graph());
  REQUIRE(fates.has_value());
  const heap::FateCounts counts = fates->counts();
  for (std::uint32_t o = 0; o < fates->now.size(); ++o) {
    INFO(analysis->graph().repr(ObjectIndex{o})
         << " " << analysis->graph().refcount(ObjectIndex{o}) << " "
         << analysis->graph().rawReferrers(ObjectIndex{o}).size());
    const std::string_view type = analysis->graph().typeName(ObjectIndex{o});
    if (type == "xmpp.protocol.Iq" || type == "str" || type == "tuple") {
      CHECK(fates->now[o] == Fate::Survived);
    }
  }
  CHECK(counts.survived + counts.uncertain == analysis->graph().objectCount());
  CHECK(counts.survived > counts.uncertain);
  CHECK(counts.added + counts.gone == 0);
}

TEST_CASE("objects are told from others that came to lie at their addresses") {
  std::vector<ObjectIndex> before, now;
  const auto first =
      heapOf({{0x1000, 7, {}}, {0x2000, {}, {0}}, {0x3000, {}, {}}, {0x4000, 9, {}}}, before);
  const auto second = heapOf({{0x1000, 7, {}},       // the same
                              {0x2000, {}, {0, 3}},  // the same, holds one more
                              {0x3000, 5, {}},       // another type at a used address
                              {0x4000, 8, {}},       // another value at a used address
                              {0x5000, {}, {}}},     // new
                             now);
  const auto fates = heap::fatesOf(first->graph(), second->graph());
  REQUIRE(fates.has_value());
  const auto of = [&](std::size_t i) { return fates->now[raw(now[i])]; };
  CHECK(of(0) == Fate::Survived);
  CHECK(of(1) == Fate::Survived);
  CHECK(of(2) == Fate::Added);
  CHECK(of(3) == Fate::Added);
  CHECK(of(4) == Fate::Added);
  CHECK(fates->gone[raw(before[2])]);
  CHECK(fates->gone[raw(before[3])]);
  CHECK(!fates->gone[raw(before[0])]);
}

TEST_CASE("fates agree with the truth over random histories, or are called uncertain") {
  // Lists and integers are made and freed; a freed address is soon used again.
  std::uint64_t reused = 0, survivors = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const auto pick = [&](std::size_t below) { return random() % below; };
    std::vector<Made> made;
    std::vector<int> identity;
    int lastIdentity = 0;
    std::vector<std::uint64_t> freed;
    std::uint64_t fresh = 0x100000;
    const auto make = [&] {
      std::uint64_t address = fresh += 64;
      if (!freed.empty() && pick(2) == 0) {
        address = freed.back();
        freed.pop_back();
      }
      Made one{address, {}, {}};
      if (pick(2) == 0) one.value = static_cast<std::int64_t>(1000 + pick(1'000'000));
      for (std::size_t i = 0; !one.value && i < 2 && !made.empty(); ++i) {
        one.refers.push_back(pick(made.size()));
      }
      made.push_back(one);
      identity.push_back(++lastIdentity);
    };
    for (int i = 0; i < 30; ++i) make();
    std::vector<ObjectIndex> before, now;
    const auto first = heapOf(made, before);
    const std::vector<int> then = identity;
    const std::vector<Made> old = made;
    for (int i = 0; i < 12; ++i) {  // free the last ones: what refers to them is younger
      freed.push_back(made.back().address);
      made.pop_back();
      identity.pop_back();
    }
    for (int i = 0; i < 15; ++i) make();
    const auto second = heapOf(made, now);
    const auto fates = heap::fatesOf(first->graph(), second->graph());
    REQUIRE(fates.has_value());
    for (std::size_t i = 0; i < made.size(); ++i) {
      const bool survived = std::ranges::find(then, identity[i]) != then.end();
      const Fate fate = fates->now[raw(now[i])];
      const auto at = std::ranges::find(old, made[i].address, &Made::address);
      if (survived) CHECK(fate != Fate::Added);
      survivors += survived && fate == Fate::Survived ? 1 : 0;
      if (!survived && at == old.end()) CHECK(fate == Fate::Added);
      if (!survived && fate == Fate::Survived) {
        // Another list at a used address passes for the old one only where it took over a value.
        const std::vector<std::size_t> before = valuesOf(old, then, at - old.begin());
        const std::vector<std::size_t> after = valuesOf(made, identity, static_cast<long>(i));
        CHECK(std::ranges::any_of(
            before, [&](std::size_t one) { return std::ranges::find(after, one) != after.end(); }));
      }
      if (!survived && at != old.end()) {
        ++reused;
        const bool sameType = at->value.has_value() == made[i].value.has_value();
        if (!sameType || made[i].value) CHECK(fate == Fate::Added);
      }
    }
  }
  CHECK(reused > 50);
  CHECK(survivors > 300);
}

TEST_CASE("long comparisons, flame graphs and searches for cycles can be stopped") {
  const auto analysis = testing::story({.questions = 5}).builder.analyse();
  const RunControl stop([](std::string_view, double) { return false; });
  const heap::Analysis* const both[] = {analysis.get(), analysis.get()};
  const auto cancelled = [](const auto& result) {
    return !result.has_value() && result.error().code == ErrorCode::Cancelled;
  };
  CHECK(cancelled(heap::fatesOf(analysis->graph(), analysis->graph(), stop)));
  for (const SeriesBy by : {SeriesBy::Kind, SeriesBy::Holder, SeriesBy::Path}) {
    CHECK(cancelled(heap::seriesOf(both, {.by = by}, stop)));
  }
  const std::vector<heap::SeriesKey> keys{{SeriesBy::Kind, "str"}};
  CHECK(cancelled(heap::pointsOf(*analysis, keys, stop)));
  CHECK(cancelled(heap::FlameTree::find(*analysis, stop)));
}
