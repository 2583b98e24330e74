// Paths of a process with other mounts than ours.
#include "server/session/process_root.h"

#include <unistd.h>

#include "tests/support/catch.h"

using namespace whyalive;
using session::Mount;
using session::rulesBetween;

namespace {

std::string written(const std::vector<sources::PathRule>& rules) {
  std::string out;
  for (const sources::PathRule& one : rules) out += one.process + " → " + one.local + "\n";
  return out;
}

bool always(const std::string&, const std::string&) { return true; }
// Its root is not ours.
bool butForTheRoot(const std::string& process, const std::string& local) {
  return process != "/" || local != "/";
}

const std::vector<Mount> kOurs = {
    {"8:1", "/", "/"}, {"0:5", "/", "/proc"}, {"0:52", "/", "/var/lib/docker/overlay2/7f/merged"}};

}  // namespace

TEST_CASE("a folder that a container has mounted is found where it lies outside") {
  const std::vector<Mount> its = {{"0:52", "/", "/"}, {"8:1", "/home/ada/app", "/app"}};
  CHECK(written(rulesBetween(its, kOurs, "/proc/7/root", butForTheRoot)) ==
        "/app → /home/ada/app\n/ → /var/lib/docker/overlay2/7f/merged\n");
}

TEST_CASE("what has no place outside is looked at through the process") {
  const std::vector<Mount> its = {
      {"0:60", "/", "/"}, {"8:1", "/srv", "/data"}, {"0:61", "/", "/data/inner"}};
  CHECK(written(rulesBetween(its, kOurs, "/proc/7/root", butForTheRoot)) ==
        "/data/inner → /proc/7/root/data/inner\n/data → /srv\n/ → /proc/7/root\n");
}

TEST_CASE("mounts that are where they are for us make no rules") {
  const std::vector<Mount> its = {{"8:1", "/", "/"}, {"0:5", "/", "/proc"}};
  CHECK(rulesBetween(its, kOurs, "/proc/7/root", always).empty());
}

TEST_CASE("one more mount makes one rule, and the rest stays") {
  const std::vector<Mount> its = {
      {"8:1", "/", "/"}, {"0:70", "/", "/mnt"}, {"8:1", "/tmp/sources", "/mnt/app"}};
  CHECK(written(rulesBetween(its, kOurs, "/proc/7/root", always)) ==
        "/mnt/app → /tmp/sources\n/mnt → /proc/7/root/mnt\n/ → /\n");
}

TEST_CASE("a place that shows something else is not taken") {
  // Another file system is mounted over it here.
  const auto hidden = [](const std::string& process, const std::string& local) {
    return local != "/home/ada/app" && (process != "/" || local != "/");
  };
  const std::vector<Mount> its = {{"0:52", "/", "/"}, {"8:1", "/home/ada/app", "/app"}};
  CHECK(written(rulesBetween(its, kOurs, "/proc/7/root", hidden)) ==
        "/app → /proc/7/root/app\n/ → /var/lib/docker/overlay2/7f/merged\n");
}

TEST_CASE("mountinfo is read with its escapes, and what is no line of it is left out") {
  const auto mounts = session::parseMounts(
      "36 35 98:0 /a\\040b /c\\011d rw,noatime master:1 - ext3 /dev/root rw\n"
      "garbage\n1 2 3:4 relative /x rw\n37 35 0:5 / / rw - proc proc rw");
  REQUIRE(mounts.size() == 2);
  CHECK(mounts[0].device == "98:0");
  CHECK(mounts[0].root == "/a b");
  CHECK(mounts[0].point == "/c\td");
  CHECK(mounts[1].point == "/");
}

TEST_CASE("a process that sees what we see needs no rules") {
  CHECK(session::pathRulesOf(getpid()).empty());
  CHECK(session::pathRulesOf(1 << 22).empty());  // there is none
}
