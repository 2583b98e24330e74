// Whoever cancels a long question is heard wherever it is.
#include <algorithm>
#include <functional>
#include <random>

#include "server/heap/cycles_report.h"
#include "server/heap/fates.h"
#include "server/heap/flame.h"
#include "server/heap/partition.h"
#include "server/heap/select.h"
#include "server/heap/series.h"
#include "server/heap/stoppable_sort.h"
#include "server/heap/suspects.h"
#include "server/heap/zero_column.h"
#include "tests/heap/story_support.h"
#include "tests/support/catch.h"

namespace whyalive::heap {
namespace {

const RunControl kNobodyStops;

// Says "stop" from the n-th look on, as a person who has pressed cancel does.
class StopAt {
 public:
  explicit StopAt(int look) : look_(look) {}
  RunControl control() {
    return RunControl([this](std::string_view, double) { return ++looks_ < look_; });
  }
  bool stopped() const { return looks_ >= look_; }

 private:
  int look_, looks_ = 0;
};

template <class T>
std::optional<ErrorCode> codeOf(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error().code);
}

}  // namespace

TEST_CASE("a column of zeros is one however often its memory was in use") {
  for (const std::size_t length : {std::size_t{1}, std::size_t{1000}, std::size_t{3} << 20}) {
    for (int round = 0; round < 3; ++round) {
      ZeroColumn<std::uint32_t> column(length);
      CHECK(std::ranges::count(column, 0u) == static_cast<std::ptrdiff_t>(length));
      std::ranges::fill(column, 7u);
      ZeroColumn<std::uint32_t> later;
      later.resize(length);
      CHECK(std::ranges::count(later, 0u) == static_cast<std::ptrdiff_t>(length));
    }
  }
  CHECK(ZeroColumn<std::uint32_t>().empty());
}

TEST_CASE("sorting that can be stopped sorts as std::sort does") {
  std::mt19937 random(7);
  for (const std::size_t n : {0u, 1u, 2u, 32'767u, 32'768u, 32'769u, 65'536u, 200'000u}) {
    for (const std::uint32_t most : {3u, 1'000'000'000u}) {
      std::vector<std::uint32_t> values(n);
      for (std::uint32_t& value : values) value = static_cast<std::uint32_t>(random()) % most;
      std::vector<std::uint32_t> expected = values;
      std::ranges::sort(expected, std::greater{});
      REQUIRE(sortStoppably(values, std::greater{}, kNobodyStops, "sorting"));
      CHECK(values == expected);
    }
  }
}

TEST_CASE("sorting looks at the control for each run and while it merges") {
  std::vector<std::uint32_t> values(200'000);
  int looks = 0;
  const RunControl counting([&](std::string_view, double) { return ++looks > 0; });
  REQUIRE(sortStoppably(values, std::less{}, counting, "sorting"));
  CHECK(looks == 7 + 3 * 7);
  for (int look = 1; look <= 28; ++look) {
    StopAt stop(look);
    std::vector<std::uint32_t> some(200'000);
    CHECK_FALSE(sortStoppably(some, std::less{}, stop.control(), "sorting"));
  }
}

TEST_CASE("a question that is cancelled at any of its looks answers that it was") {
  const auto analysis = testing::story({.questions = 5}).builder.analyse();
  const Analysis* const both[] = {analysis.get(), analysis.get()};
  using Question = std::function<std::optional<ErrorCode>(const RunControl&)>;
  std::vector<Question> questions{
      [&](const RunControl& c) { return codeOf(findCycles(*analysis, c)); },
      [&](const RunControl& c) { return codeOf(FlameTree::find(*analysis, c)); },
      [&](const RunControl& c) { return codeOf(findSuspects(*analysis, {}, {}, c)); },
      [&](const RunControl& c) { return codeOf(fatesOf(analysis->graph(), analysis->graph(), c)); },
      [&](const RunControl& c) { return codeOf(objectsOfType(*analysis, "str", c)); },
  };
  for (const std::string_view word : partitionWords()) {
    questions.emplace_back([&, by = *partitionBy(word)](const RunControl& c) {
      return codeOf(partition(*analysis, by, {.limit = 30}, c));
    });
  }
  for (const SeriesBy by : {SeriesBy::Kind, SeriesBy::Holder, SeriesBy::Path}) {
    questions.emplace_back(
        [&, by](const RunControl& c) { return codeOf(seriesOf(both, {.by = by}, c)); });
  }
  for (std::size_t i = 0; i < questions.size(); ++i) {
    INFO("question " << i);
    CHECK(questions[i](kNobodyStops) == std::nullopt);
    for (int look = 1;; ++look) {
      StopAt stop(look);
      const std::optional<ErrorCode> code = questions[i](stop.control());
      if (!stop.stopped()) break;
      INFO("look " << look);
      CHECK(code == ErrorCode::Cancelled);
      REQUIRE(look < 10'000);
    }
  }
}

}  // namespace whyalive::heap
