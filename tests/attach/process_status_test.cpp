#include "server/attach/process_status.h"

#include <unistd.h>

#include "server/attach/target.h"
#include "tests/support/catch.h"

using namespace whyalive::attach;

TEST_CASE("a status is read with namespaces, signals and seccomp") {
  const auto status = parseStatus(
      "Name:\tmy prog\nState:\tS (sleeping)\nTgid:\t4711\nPid:\t4711\nTracerPid:\t12\n"
      "Uid:\t1000\t1001\t1000\t1000\nNStgid:\t4711\t7\nNSpid:\t4712\t8\nSigPnd:\t0000000000000001\n"
      "ShdPnd:\t0000000000000002\nSigBlk:\t0000000000000004\nSigCgt:\t0000000180000002\n"
      "Seccomp:\t2\nSeccomp_filters:\t3\nx86_Thread_features:\tshstk \n");
  REQUIRE(status);
  CHECK(status->name == "my prog");
  CHECK(status->state == 'S');
  CHECK(status->threadGroup == 4711);
  CHECK(status->tracer == 12);
  CHECK(status->user == 1001);
  CHECK(status->ownPid() == 7);
  CHECK(status->ownThread == 8);
  CHECK(status->pending == 3);
  CHECK(status->blocked == 4);
  CHECK(status->caught == 0x180000002);
  CHECK(status->seccompMode == 2);
  CHECK(status->seccompFilters == 3);
  CHECK(status->shadowStack);
}

TEST_CASE("a file that can be opened but not read is none, as when its thread has ended") {
  CHECK_FALSE(readProcFile(getpid(), "task"));
  CHECK(readProcFile(getpid(), "status")->starts_with("Name:"));
  CHECK(readProcFile(getpid(), "maps")->size() > 4096);
}

TEST_CASE("a status without its main lines is none") {
  CHECK_FALSE(parseStatus(""));
  CHECK_FALSE(parseStatus("Name:\tx\nTgid:\t5\n"));
  CHECK_FALSE(parseStatus("Uid:\t0\t0\t0\t0\nTgid:\tnonsense\n"));
}

TEST_CASE("a kernel without pid namespaces names one pid only") {
  CHECK(parseStatus("Tgid:\t5\nUid:\t0\t0\t0\t0\n")->ownPid() == 5);
}

TEST_CASE("the auxiliary vector ends at its null entry or where the bytes do") {
  const std::uint64_t raw[] = {3, 0x400040, 7, 0x7f0000000000, 0, 0, 9, 1};
  const auto vector = parseAuxiliaryVector(std::as_bytes(std::span(raw)));
  CHECK(vector.size() == 2);
  CHECK(vector.at(7) == 0x7f0000000000);
  CHECK(parseAuxiliaryVector(std::as_bytes(std::span(raw)).first(20)).size() == 1);
}
