#include "server/attach/diagnosis.h"

#include <unistd.h>

#include <cerrno>

#include "tests/support/catch.h"

using namespace whyalive;
using namespace whyalive::attach;

namespace {

ProcessStatus process() {
  ProcessStatus status;
  status.name = "server.py";
  status.threadGroup = 42;
  status.user = 1000;
  return status;
}

AccessFacts ordinaryUser() {
  AccessFacts facts;
  facts.ourUser = 1000;
  return facts;
}

bool says(const Error& error, std::string_view text) {
  return error.text().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a debugger that is there already is named") {
  ProcessStatus status = process();
  status.tracer = 99;
  AccessFacts facts = ordinaryUser();
  facts.tracerName = "gdb";
  CHECK(says(whyNoAccess(status, facts, EPERM), "gdb (process 99) is tracing it already"));
}

TEST_CASE("another user's process says whose it is and what to do") {
  AccessFacts facts = ordinaryUser();
  facts.ourUser = 1001;
  const Error error = whyNoAccess(process(), facts, EPERM);
  CHECK(error.code == ErrorCode::PermissionDenied);
  CHECK(says(error, "belongs to another user (1000)"));
  CHECK(says(error, "sudo"));
}

TEST_CASE("the Yama setting is named with its value, each scope with its own remedy") {
  AccessFacts facts = ordinaryUser();
  facts.yamaScope = 1;
  CHECK(says(whyNoAccess(process(), facts, EPERM), "sysctl kernel.yama.ptrace_scope=0"));
  facts.yamaScope = 2;
  CHECK(says(whyNoAccess(process(), facts, EPERM), "ptrace_scope is 2"));
  facts.yamaScope = 3;
  facts.mayTraceAll = true;
  CHECK(says(whyNoAccess(process(), facts, EPERM), "until the next boot"));
}

TEST_CASE("hidden processes, containers and a root without the capability have their own words") {
  AccessFacts facts = ordinaryUser();
  facts.dumpable = false;
  CHECK(says(whyNoAccess(process(), facts, EPERM), "undumpable"));
  facts.sameUserNamespace = false;
  CHECK(says(whyNoAccess(process(), facts, EPERM), "user namespace"));
  ProcessStatus ofRoot = process();
  ofRoot.user = 0;
  AccessFacts root;
  CHECK(says(whyNoAccess(ofRoot, root, EPERM), "CAP_SYS_PTRACE"));
}

TEST_CASE("a process that is not there is not found") {
  CHECK(statusOf(-1).error().code == ErrorCode::NotFound);
  CHECK(statusOf(999'999'999).error().code == ErrorCode::NotFound);
  REQUIRE(statusOf(getpid()));
  CHECK(statusOf(getpid())->threadGroup == getpid());
  CHECK(whyNoAccess(process(), ordinaryUser(), ESRCH).code == ErrorCode::NotFound);
}
