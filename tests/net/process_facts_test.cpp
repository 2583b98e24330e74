#include "server/net/process_facts.h"

#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/catch.h"

namespace whyalive::testing {

TEST_CASE("a process that lives is not ending, one that nobody has waited for is at its end") {
  CHECK_FALSE(net::isEnding(getpid()));
  CHECK(net::processFacts(getpid()));
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t ended{};
  REQUIRE(waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) == 0);
  CHECK(net::isEnding(child));
  CHECK_FALSE(net::processFacts(child));
  REQUIRE(waitpid(child, nullptr, 0) == child);
  CHECK_FALSE(net::isEnding(child));
}

}  // namespace whyalive::testing
