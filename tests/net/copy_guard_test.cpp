#include "server/net/copy_guard.h"

#include "tests/support/catch.h"

using namespace whyalive;
using agent::wire::Guard;
using agent::wire::TwinEvent;

TEST_CASE("a copy that has all it needs gives no warning, others say what they lack") {
  TwinEvent welcome;
  welcome.guard = Guard::Seccomp;
  CHECK(net::copyWarning(welcome).empty());
  welcome.mallocHeld = 1;
  CHECK(net::copyWarning(welcome).starts_with("The C library's allocator was locked"));
  welcome.guard = Guard::Landlock;
  const std::string both = net::copyWarning(welcome);
  CHECK(both.starts_with(net::guardWarning(Guard::Landlock)));
  CHECK(both.find(" The C library's allocator was locked") != std::string::npos);
  welcome.mallocHeld = 0;
  CHECK(net::copyWarning(welcome) == net::guardWarning(Guard::Landlock));
}
