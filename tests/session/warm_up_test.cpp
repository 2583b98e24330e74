// The warm-up by itself, with steps made for the test. One thread plays both executors, so whatever
// happens while a step runs happens inside that step.
#include "server/session/warm_up.h"

#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace whyalive::session {
namespace {

using Steps = std::deque<WarmUp::Step>;

const Error kStopped{ErrorCode::Cancelled, "stopped", ""};

struct Bench {
  net::asio::io_context home, background;
  std::shared_ptr<WarmUp> warmUp =
      std::make_shared<WarmUp>(home.get_executor(), background.get_executor());
  std::vector<std::string> made;

  // Runs one step, if one is wanted, and lets the warm-up know; whether there was one.
  bool one() {
    background.restart();
    home.restart();
    const bool ran = background.poll_one() == 1;
    home.poll();
    return ran;
  }
  int all() {
    int steps = 0;
    while (one()) ++steps;
    return steps;
  }
  WarmUp::Step step(const std::string& name) {
    return {name, [this, name](const RunControl& control) -> Result<void> {
              if (!control.keepGoing(name, 0)) return std::unexpected(kStopped);
              made.push_back(name);
              return {};
            }};
  }
  // What the test does while the step runs; the step ends as it is told then.
  WarmUp::Step stepDuring(const std::string& name, std::function<void(const RunControl&)> during) {
    return {name, [this, name, during](const RunControl& control) -> Result<void> {
              during(control);
              if (!control.keepGoing(name, 1)) return std::unexpected(kStopped);
              made.push_back(name);
              return {};
            }};
  }
  void begin(Steps steps, const std::string& snapshot = "s1", const std::string& since = "") {
    const auto pause = warmUp->pause();
    warmUp->begin({snapshot, since}, std::move(steps));
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a warm-up makes its steps one after the other, once nobody waits") {
  Bench bench;
  {
    const auto pause = bench.warmUp->pause("a question");
    bench.warmUp->begin({"s1", ""}, {bench.step("a"), bench.step("b"), bench.step("c")});
    CHECK_FALSE(bench.one());
  }
  CHECK(bench.one());
  CHECK(bench.made == Names{"a"});
  CHECK(bench.all() == 2);
  CHECK(bench.made == Names{"a", "b", "c"});
}

TEST_CASE("a question stops the step that is running, which begins anew afterwards") {
  Bench bench;
  WarmUp::Pause question;
  int runs = 0;
  bench.begin({bench.stepDuring("a",
                                [&](const RunControl& control) {
                                  CHECK(control.keepGoing("", 0));
                                  if (++runs > 1) return;
                                  question = bench.warmUp->pause("another thing");
                                  CHECK_FALSE(control.keepGoing("", 0));
                                }),
               bench.step("b")});
  CHECK(bench.one());
  CHECK(bench.made.empty());
  CHECK_FALSE(bench.one());  // as long as somebody waits
  question.reset();
  CHECK(bench.all() == 2);
  CHECK(bench.made == Names{"a", "b"});
}

TEST_CASE("a step goes on for whoever asks for the very thing, whatever else is asked") {
  Bench bench;
  WarmUp::Pause same, other;
  bench.begin({bench.stepDuring("a", [&](const RunControl& control) {
    same = bench.warmUp->pause("a");
    CHECK(control.keepGoing("", 0));
    other = bench.warmUp->pause("b");
    CHECK(control.keepGoing("", 0));
    same.reset();  // whoever asked went away
    CHECK_FALSE(control.keepGoing("", 0));
    same = bench.warmUp->pause("a");
    CHECK(control.keepGoing("", 0));
  })});
  CHECK(bench.one());
  CHECK(bench.made == Names{"a"});
  same.reset();
  other.reset();
  CHECK(bench.all() == 0);
}

TEST_CASE("what is likely now comes before the other steps, until something else is") {
  Bench bench;
  bench.begin({bench.step("a"), bench.step("b")});
  {
    const auto pause = bench.warmUp->pause();
    bench.warmUp->makeNext(bench.step("c"));
    bench.warmUp->makeNext(bench.step("d"));
  }
  bench.all();
  CHECK(bench.made == Names{"a", "d", "b"});  // the first was under way
}

TEST_CASE("a warm-up ends with its snapshot, or when another one is looked at") {
  Bench bench;
  const auto stopsAt = [&](std::function<void()> event) {
    bench.made.clear();
    bench.begin({bench.stepDuring("a",
                                  [&](const RunControl& control) {
                                    event();
                                    CHECK_FALSE(control.keepGoing("", 0));
                                  }),
                 bench.step("b")},
                "s2", "s1");
    bench.all();
  };
  stopsAt([&] { bench.warmUp->forget("s2"); });
  CHECK(bench.made.empty());
  CHECK_FALSE(bench.warmUp->subject().has_value());
  stopsAt([&] { bench.warmUp->forget("s1"); });  // it compares with that one
  CHECK(bench.made.empty());
  stopsAt([&] { bench.warmUp->forget(); });
  CHECK(bench.made.empty());
  stopsAt([&] { bench.begin({bench.step("c")}, "s3"); });
  CHECK(bench.made == Names{"c"});
  CHECK(bench.warmUp->subject() == WarmUp::Subject{"s3", ""});
  bench.warmUp->forget("s2");
  CHECK(bench.warmUp->subject().has_value());
}

TEST_CASE("a step that the new ones have too goes on") {
  Bench bench;
  bench.begin({bench.stepDuring("a", [&](const RunControl& control) {
    bench.begin({bench.step("b"), bench.step("a")}, "s1", "s0");
    CHECK(control.keepGoing("", 0));
  })});
  bench.all();
  CHECK(bench.made == Names{"a", "b"});
}

TEST_CASE("a warm-up that was stopped never begins again") {
  Bench bench;
  bench.begin({bench.stepDuring("a", [&](const RunControl& control) {
    bench.warmUp->stop();
    CHECK_FALSE(control.keepGoing("", 0));
  })});
  CHECK(bench.all() == 1);
  bench.begin({bench.step("b")});
  bench.warmUp->makeNext(bench.step("c"));
  CHECK(bench.all() == 0);
  CHECK(bench.made.empty());
}

TEST_CASE("what cannot be made is left to whoever asks for it") {
  Bench bench;
  bench.begin(
      {{"a", [](const RunControl&) { return fail(ErrorCode::Internal, "cannot be"); }},
       {"b", [](const RunControl&) -> Result<void> { throw std::runtime_error("nor this"); }},
       bench.step("c")});
  CHECK(bench.all() == 3);
  CHECK(bench.made == Names{"c"});
}

TEST_CASE("without a thread for it nothing is made") {
  net::asio::io_context home;
  const auto warmUp = std::make_shared<WarmUp>(home.get_executor(), net::asio::any_io_executor());
  {
    const auto pause = warmUp->pause();
    warmUp->begin({"s1", ""}, {{"a", [](const RunControl&) { return Result<void>(); }}});
  }
  CHECK_FALSE(warmUp->subject().has_value());
  CHECK(home.poll() == 0);
}

}  // namespace whyalive::session
