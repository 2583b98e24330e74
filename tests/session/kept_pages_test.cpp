// Pages of a table that are kept: which are made, and which are cut out of others.
#include "server/session/kept_pages.h"

#include <algorithm>

#include "server/heap/retained_sets.h"
#include "tests/support/catch.h"

namespace whyalive::session {
namespace {

constexpr std::size_t kRows = 5000;  // of the whole table

// A page as heap::partition makes it: exact sizes for its first rows.
heap::PartitionTable made(std::size_t offset, std::size_t limit) {
  heap::PartitionTable table;
  table.totalCount = 123;
  table.rowCount = kRows;
  for (std::size_t i = offset; i < std::min(offset + limit, kRows); ++i) {
    heap::PartitionRow& row = table.rows.emplace_back();
    row.index = static_cast<std::uint32_t>(i);
    row.label = std::to_string(i);
    row.atLeast = i - offset >= heap::kMostSets;
  }
  return table;
}

struct Table {
  KeptPages pages;
  int makings = 0;

  // Asks, checks the rows, and tells whether the page had to be made.
  bool asks(std::size_t offset, std::size_t limit) {
    const int before = makings;
    const auto page = pages.get(
        offset, limit,
        [&]() -> Result<heap::PartitionTable> {
          ++makings;
          return made(offset, limit);
        },
        RunControl());
    REQUIRE(page.has_value());
    const heap::PartitionTable plain = made(offset, limit);
    CHECK((*page)->totalCount == plain.totalCount);
    CHECK((*page)->rowCount == kRows);
    REQUIRE((*page)->rows.size() == plain.rows.size());
    for (std::size_t i = 0; i < plain.rows.size(); ++i) {
      REQUIRE((*page)->rows[i].index == plain.rows[i].index);
      REQUIRE((*page)->rows[i].label == plain.rows[i].label);
      if (i < heap::kMostSets) REQUIRE_FALSE((*page)->rows[i].atLeast);
    }
    return makings > before;
  }
};

}  // namespace

TEST_CASE("a page within one that is there is cut out of it") {
  Table table;
  CHECK(table.asks(0, 2000));
  CHECK_FALSE(table.asks(0, 2000));
  CHECK_FALSE(table.asks(0, 200));
  CHECK_FALSE(table.asks(0, 0));
  CHECK_FALSE(table.asks(10, 20));
  CHECK(table.asks(10, 21));  // its last row has but a lower bound there
  CHECK(table.asks(0, 2001));
  CHECK(table.asks(4900, 500));
  CHECK_FALSE(table.asks(4900, 7));
  CHECK_FALSE(table.asks(4900, 100'000));  // it ends where the table ends
  CHECK_FALSE(table.asks(kRows, 10));
  CHECK_FALSE(table.asks(kRows + 10, 10));
}

TEST_CASE("pages of too many rows go, the oldest first") {
  Table table;
  for (const std::size_t offset : {0, 1000, 2000, 3000}) CHECK(table.asks(offset, 2700));
  CHECK_FALSE(table.asks(1000, 2700));
  CHECK_FALSE(table.asks(3000, 2700));
  CHECK(table.asks(0, 2700));
}

TEST_CASE("a page that could not be made is not kept, and who waits can give up") {
  KeptPages pages;
  const RunControl stop([](std::string_view, double) { return false; });
  const auto failing = [] { return Result<heap::PartitionTable>(fail(ErrorCode::Cancelled, "")); };
  CHECK_FALSE(pages.get(0, 10, failing, stop).has_value());
  const auto nested = [&] {
    // Its turn is taken.
    const auto waiting = pages.get(0, 10, failing, stop);
    REQUIRE_FALSE(waiting.has_value());
    CHECK(waiting.error().code == ErrorCode::Cancelled);
    return Result<heap::PartitionTable>(made(0, 10));
  };
  CHECK(pages.get(0, 10, nested, stop).has_value());
  CHECK(pages.get(0, 10, failing, stop).has_value());
}

}  // namespace whyalive::session
