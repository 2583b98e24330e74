#include "server/attach/visible_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "server/attach/diagnosis.h"
#include "tests/support/catch.h"

using namespace whyalive::attach;
namespace fs = std::filesystem;

TEST_CASE("a file that both see is used where it lies") {
  const auto self = statusOf(getpid());
  REQUIRE(self);
  const auto visible = VisibleFile::make(*self, "/proc/self/exe");
  REQUIRE(visible);
  CHECK_FALSE(visible->isCopy());
  CHECK(visible->path() == fs::canonical("/proc/self/exe"));
  CHECK(pathAsWeSeeIt(getpid(), "/x") == "/x");
}

TEST_CASE("a file that is not there is not found") {
  CHECK_FALSE(VisibleFile::make(*statusOf(getpid()), "/no/such/file"));
}

TEST_CASE("a private folder is for its user alone and goes with its owner") {
  std::string ours;
  {
    const auto folder = PrivateFolder::make(*statusOf(getpid()));
    REQUIRE(folder);
    ours = folder->asWeSeeIt();
    CHECK(ours.ends_with(folder->asTheySeeIt()));
    struct stat facts{};
    REQUIRE(stat(ours.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777) == 0700);
    REQUIRE(folder->write("note", "text\n"));
    std::ifstream file(ours + "/note");
    CHECK(std::string{std::istreambuf_iterator<char>(file), {}} == "text\n");
    REQUIRE(folder->copyInto("/proc/self/exe"));
    CHECK(fs::exists(ours + "/exe"));
    CHECK_FALSE(folder->copyInto("/no/such/file"));
  }
  CHECK_FALSE(fs::exists(ours));
}
