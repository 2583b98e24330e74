#include "server/attach/debugger.h"

#include "tests/support/catch.h"

using namespace whyalive;
using namespace whyalive::attach;

TEST_CASE("the debugger's answer is found between whatever else it prints") {
  const auto answer = debuggerAnswer(
      "[New LWP 12]\nusing libthread_db\nwhyalive-text: /run/user/1000/whyalive/7.sock\n"
      "whyalive-failed: 0\n[Inferior 1 detached]\n");
  REQUIRE(answer);
  CHECK(*answer == "/run/user/1000/whyalive/7.sock");
}

TEST_CASE("a refusal and a debugger that fails are errors with the reason") {
  const auto refused = debuggerAnswer("whyalive-text: x.so: file too short\nwhyalive-failed: 1\n");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("x.so: file too short") != std::string::npos);
  const auto failed = debuggerAnswer("noise\nptrace: Operation not permitted.\n\n");
  REQUIRE_FALSE(failed);
  CHECK(failed.error().message.find("Operation not permitted") != std::string::npos);
  CHECK(failed.error().message.find("noise") == std::string::npos);
  REQUIRE_FALSE(debuggerAnswer(""));
}

TEST_CASE("an argument cannot end the string it is in") {
  Target target{.pid = 1,
                .status = {},
                .mappings = {},
                .modules = {},
                .interpreter = {{3, 11}, {}, {}},
                .code = {}};
  for (const std::string& command : debuggerCommands(target, "/a\"); shell id; (\"", "\\")) {
    CHECK(command.find("shell") == std::string::npos);
    CHECK(command.find("\\\\") == std::string::npos);
  }
}
