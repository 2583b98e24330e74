#include "server/session/processes.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "server/net/proc_files.h"
#include "server/session/python_version.h"
#include "tests/support/catch.h"

using namespace std::string_literals;

namespace whyalive::session {
namespace {

namespace fs = std::filesystem;

// A /proc of our own making.
class FakeProc {
 public:
  FakeProc() {
    std::string pattern = (fs::temp_directory_path() / "whyalive-proc-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~FakeProc() { fs::remove_all(folder_); }
  FakeProc(const FakeProc&) = delete;
  FakeProc& operator=(const FakeProc&) = delete;

  void add(int pid, int parent, const std::string& name, const std::string& commandLine,
           const std::string& executable, const std::string& maps = "") {
    const fs::path folder = folder_ / std::to_string(pid);
    fs::create_directory(folder);
    write(folder / "stat", std::to_string(pid) + " (" + name + ") S " + std::to_string(parent) +
                               " 1 1 0 -1 4194304 0 0");
    write(folder / "status", "Name:\t" + name + "\nUid:\t" + user() + "\t" + user() + "\t" +
                                 user() + "\nVmRSS:\t   1024 kB\n");
    write(folder / "cmdline", commandLine);
    write(folder / "maps", maps);
    fs::create_symlink(executable, folder / "exe");
  }
  void write(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }
  fs::path operator/(const std::string& name) const { return folder_ / name; }
  ProcessListOptions options() const { return {folder_.string(), (folder_ / "none").string(), ""}; }

 private:
  static std::string user() { return std::to_string(geteuid()); }
  fs::path folder_;
};

TEST_CASE("a process name may hold parentheses and spaces") {
  const auto stat = net::parseStat("12 (a) b (c)) S 7 1 1");
  REQUIRE(stat);
  CHECK(stat->name == "a) b (c)");
  CHECK(stat->state == 'S');
  CHECK(stat->parentPid == 7);
  CHECK(stat->flags == 0);
  CHECK(net::parseStat("12 (a) S 7 1 1 0 -1 4194564 9")->flags == 4194564);
  CHECK_FALSE(net::parseStat(""));
  CHECK_FALSE(net::parseStat("12 (python"));
  CHECK_FALSE(net::parseStat("12 (python) S"));
}

TEST_CASE("status gives resident bytes and the effective user") {
  const std::string status =
      "Name:\tx\nUid:\t1000\t1001\t1000\t1000\nVmRSS:\t  2048 kB\nThreads:\t1\n";
  CHECK(net::parseRss(status) == 2048 * 1024);
  CHECK(net::parseUser(status) == uid_t{1001});
  CHECK(net::parseRss("Name:\tkthread\n") == 0);
  CHECK_FALSE(net::parseUser("Name:\tkthread\n"));
}

TEST_CASE("the version is read off the names that interpreters have") {
  CHECK(versionInName("python3.11") == "3.11");
  CHECK(versionInName("libpython3.12.so.1.0") == "3.12");
  CHECK(versionInName("libpython3.13t.so.1.0") == "3.13t");
  CHECK(versionInName("python3.13t") == "3.13t");
  CHECK(versionInName("python3.11d") == "3.11");
  CHECK(versionInName("libpython3.so") == "3");
  CHECK(versionInName("python") == "");
  CHECK(versionInName("perl5") == "");
  CHECK(isPythonName("python"));
  CHECK(isPythonName("python3.13t"));
  CHECK_FALSE(isPythonName("python3-config"));
  CHECK_FALSE(isPythonName("pythonista"));
  CHECK_FALSE(isPythonName("ipython"));
}

TEST_CASE("a file that is no ELF, or a cut one, has no version") {
  FakeProc files;
  files.write(files / "text", "#!/bin/sh\n");
  files.write(files / "cut", "\x7f"s + "ELF\x02\x01\x01" + std::string(40, '\0'));
  files.write(files / "wild", "\x7f"s + "ELF\x02\x01\x01" + std::string(57, '\xff'));
  CHECK(versionInBinary(files / "text") == "");
  CHECK(versionInBinary(files / "cut") == "");
  CHECK(versionInBinary(files / "wild") == "");
  CHECK(versionInBinary(files / "missing") == "");
  CHECK(versionInBinary("/proc/self/exe") == "");
}

TEST_CASE("Pythons are listed as families, whatever else runs between") {
  FakeProc proc;
  proc.add(10, 1, "python3.11", "python3.11\0app.py\0"s, "/nowhere/python3.11");
  proc.add(30, 10, "python3.11", "python3.11\0worker.py\0"s, "/nowhere/python3.11");
  proc.add(20, 10, "python3.11", "python3.11\0-c\0print(1)\0"s, "/nowhere/python3.11");
  proc.add(25, 20, "python3.11", "python3.11\0leaf.py\0"s, "/nowhere/python3.11");
  proc.add(40, 10, "bash", "bash\0"s, "/usr/bin/bash");
  proc.add(15, 1, "uwsgi", "uwsgi\0"s, "/usr/bin/uwsgi",
           "7f00-7f01 r-xp 0 08:01 5  /usr/lib/libpython3.12.so.1.0\n");
  const auto list = listPythonProcesses(proc.options());
  REQUIRE(list.size() == 5);
  std::vector<int> pids;
  std::vector<int> depths;
  for (const auto& process : list) {
    pids.push_back(process.pid);
    depths.push_back(process.depth);
  }
  CHECK(pids == std::vector<int>{10, 20, 25, 30, 15});
  CHECK(depths == std::vector<int>{0, 1, 2, 1, 0});
  CHECK(list[2].familyPid == 10);
  CHECK(list[4].version == "3.12");
  CHECK(list[0].version == "3.11");
  CHECK(list[0].rss == 1024 * 1024);
  CHECK(list[0].agent == AgentState::Absent);
  CHECK(commandLine(list[1].command) == "python3.11 -c 'print(1)'");
}

TEST_CASE("frozen copies, zombies, kernel threads and half-gone processes are not listed") {
  FakeProc proc;
  proc.add(10, 1, "whyalive-twin", "python3.11\0app.py\0"s, "/nowhere/python3.11");
  proc.add(11, 1, "python3.11", "", "/nowhere/python3.11");
  proc.add(12, 1, "python3.11", "python3.11\0"s, "/nowhere/python3.11");
  fs::remove(proc / "12/status");
  proc.add(13, 1, "python3.11", "python3.11\0"s, "/nowhere/python3.11");
  proc.write(proc / "13/stat", "13 (python3.11) Z 1 1");
  CHECK(listPythonProcesses(proc.options()).empty());
}

TEST_CASE("a copy that stays is listed with what it costs and what does not hold in it") {
  FakeProc proc;
  proc.add(10, 1, "python3.11", "python3.11\0"s, "/nowhere/python3.11");
  proc.add(11, 10, "whyalive-twin", "whyalive: frozen"s, "/nowhere/python3.11");
  proc.add(12, 10, "whyalive-twin-0", "whyalive: frozen"s, "/nowhere/python3.11");
  proc.add(13, 10, "whyalive-twin-3", "whyalive: frozen"s, "/nowhere/python3.11");
  proc.write(proc / "11/smaps_rollup", "x\nPrivate_Dirty:  3072 kB\n");
  fs::create_directory(proc / "none");
  for (const char* pid : {"11", "12", "13"}) proc.write(proc / "none" / (pid + ".twin"s), "");
  const auto list = listPythonProcesses(proc.options());
  REQUIRE(list.size() == 4);
  CHECK(list[1].agent == AgentState::Copy);
  CHECK(list[1].note == "3 MiB of its own; answers for values");
  CHECK(list[2].note.ends_with("; no seccomp and no Landlock guards what runs in it"));
  CHECK(list[3].note.ends_with("; Landlock, but no seccomp, guards what runs in it"));
}

TEST_CASE("a parent that is its own ancestor does not hang the listing") {
  FakeProc proc;
  proc.add(10, 10, "python3.11", "python3.11\0"s, "/nowhere/python3.11");
  CHECK(listPythonProcesses(proc.options()).size() == 1);
}

TEST_CASE("one process by pid, or what it is instead") {
  FakeProc proc;
  proc.add(10, 1, "python3.11", "python3.11\0"s, "/nowhere/python3.11");
  proc.add(11, 1, "bash", "bash\0"s, "/usr/bin/bash");
  CHECK(findPythonProcess(10, proc.options())->version == "3.11");
  const auto missing = findPythonProcess(99, proc.options());
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message == "there is no process 99");
  const auto shell = findPythonProcess(11, proc.options());
  REQUIRE_FALSE(shell);
  CHECK(shell.error().code == ErrorCode::Unsupported);
  CHECK(shell.error().message == "process 11 (bash) is not a Python");
  CHECK_FALSE(findPythonProcess(-1, proc.options()));
}

TEST_CASE("Python 2 and free-threaded builds are told apart from those that only lack an agent") {
  FakeProc proc;
  proc.add(10, 1, "python2.7", "python2.7\0"s, "/nowhere/python2.7");
  proc.add(11, 1, "python3.13t", "python3.13t\0"s, "/nowhere/python3.13t");
  CHECK(findPythonProcess(10, proc.options())->agent == AgentState::Unsupported);
  CHECK(findPythonProcess(11, proc.options())->agent == AgentState::Unsupported);
  CHECK_FALSE(findPythonProcess(11, proc.options())->note.empty());
}

TEST_CASE("arguments are quoted where a shell would need it") {
  CHECK(commandLine({"a", "b c", "it's", "", "$x"}) == "a 'b c' 'it'\\''s' '' '$x'");
}

}  // namespace
}  // namespace whyalive::session
