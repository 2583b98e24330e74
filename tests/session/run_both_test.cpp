#include "server/session/run_both.h"

#include <new>
#include <string>

#include "tests/support/catch.h"

namespace whyalive::session {
namespace {

TEST_CASE("two pieces of work are both done, and what one throws arrives") {
  const heap::RunBoth both = runBoth();
  if (!both) return;  // one processor only: the engine does one after the other
  int first = 0, second = 0;
  both([&] { first = 1; }, [&] { second = 2; });
  CHECK(first + second == 3);
  CHECK_THROWS_AS(both([&] { first = 10; }, [] { throw std::bad_alloc(); }), std::bad_alloc);
  CHECK(first == 10);
  CHECK_THROWS_AS(both([] { throw std::bad_alloc(); }, [&] { second = 20; }), std::bad_alloc);
  CHECK(second == 20);
}

}  // namespace
}  // namespace whyalive::session
