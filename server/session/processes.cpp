#include "server/session/processes.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>

#include "server/attach/attach.h"
#include "server/net/agent_socket.h"
#include "server/net/copy_guard.h"
#include "server/net/proc_files.h"
#include "server/session/python_version.h"

namespace whyalive::session {
namespace {

// The name that the agent gives the processes in which copies evaluate.
constexpr std::string_view kEvaluationName = "whyalive-value";

constexpr const char* kAnotherPython = "run the program with another Python";

std::string fileName(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

class Lister {
 public:
  explicit Lister(const ProcessListOptions& options) : options_(options) {}

  std::optional<PythonProcess> describe(int pid) {
    const std::string folder = options_.procFolder + "/" + std::to_string(pid);
    const auto stat = net::readProcFile(folder + "/stat");
    const auto parsed = stat ? net::parseStat(*stat) : std::nullopt;
    if (!parsed || parsed->state == 'Z' || parsed->name == kEvaluationName) return {};
    const auto copyGuard = net::guardOfCopyNamed(parsed->name);
    if (copyGuard && !stays(pid)) return {};  // gone in a moment
    PythonProcess process;
    process.pid = pid;
    process.parentPid = parsed->parentPid;
    process.command = net::parseCommandLine(net::readProcFile(folder + "/cmdline").value_or(""));
    if (process.command.empty()) return {};  // a kernel thread
    const std::string status = net::readProcFile(folder + "/status").value_or("");
    const auto user = net::parseUser(status);
    if (!user) return {};
    process.rss = net::parseRss(status);
    process.user = net::userName(*user);
    process.executable = net::readLink(folder + "/exe").value_or("");
    if (!recognise(folder, process)) return {};
    if (copyGuard) {
      describeCopy(folder, *copyGuard, process);
    } else {
      judge(process, *user);
    }
    return process;
  }

  std::vector<int> pids() const {
    std::vector<int> found;
    DIR* folder = opendir(options_.procFolder.c_str());
    if (folder == nullptr) return found;
    while (const dirent* entry = readdir(folder)) {
      const std::string_view name = entry->d_name;
      if (name.find_first_not_of("0123456789") == std::string_view::npos && name.size() < 10) {
        found.push_back(std::stoi(std::string(name)));
      }
    }
    closedir(folder);
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  bool stays(int pid) const {
    return access(agent::twinSocketPath(options_.runtimeFolder, pid).c_str(), F_OK) == 0;
  }

  void describeCopy(const std::string& folder, agent::wire::Guard guard,
                    PythonProcess& process) const {
    process.agent = AgentState::Copy;
    process.command = {"whyalive:", "frozen", "copy", "of", std::to_string(process.parentPid)};
    const std::uint64_t own =
        net::parsePrivateBytes(net::readProcFile(folder + "/smaps_rollup").value_or(""));
    process.note = std::to_string(own >> 20) + " MiB of its own; answers for values";
    if (const auto lacking = net::guardNote(guard); !lacking.empty()) {
      process.note += "; " + std::string(lacking);
    }
  }

  // Fills in the version; false when the process is no Python.
  bool recognise(const std::string& folder, PythonProcess& process) {
    if (process.executable.empty()) {  // not ours to see: the command's name must do
      const std::string name = fileName(process.command[0]);
      process.version = versionInName(name);
      return isPythonName(name);
    }
    const std::string maps = net::readProcFile(folder + "/maps", 16 << 20).value_or("");
    const auto libraries = net::mappedFiles(maps, "libpython");
    for (const std::string& library : libraries) {
      if (library.find(".so") == std::string::npos) continue;
      process.version = versionOf(folder + "/root" + library, fileName(library));
      if (!process.version.empty()) return true;
    }
    const std::string name = fileName(process.executable);
    if (!isPythonName(name)) return false;
    process.version = versionOf(folder + "/exe", name);
    return true;
  }

  // `name` is the binary's file name; `path` reaches it even in another mount namespace.
  std::string versionOf(const std::string& path, const std::string& name) {
    struct stat info{};
    const bool seen = stat(path.c_str(), &info) == 0;
    const auto key = std::pair(info.st_dev, info.st_ino);
    if (seen && versions_.contains(key)) return versions_[key];
    const std::string fromName = versionInName(name);
    std::string version = versionInBinary(path);
    if (version.empty()) {
      version = fromName;
    } else if (fromName.ends_with('t')) {
      version += 't';
    }
    if (seen) versions_[key] = version;
    return version;
  }

  void judge(PythonProcess& process, uid_t user) const {
    if (user != geteuid() && geteuid() != 0) {
      process.agent = AgentState::Foreign;
      process.note = "runs as another user";
    } else if (net::agentListens(process.pid, user, options_.runtimeFolder)) {
      process.agent = AgentState::Loaded;
    } else if (process.version.starts_with("2.")) {
      process.agent = AgentState::Unsupported;
      process.note = "Python 2 has no agent";
      process.remedy = kAnotherPython;
    } else if (process.version.ends_with('t')) {
      process.agent = AgentState::Unsupported;
      process.note = "free-threaded builds have no agent yet";
      process.remedy = kAnotherPython;
    } else if (const auto version = attach::versionInName("python" + process.version);
               version && !options_.agentFolder.empty()) {
      if (const auto library = attach::agentLibrary(options_.agentFolder, *version); !library) {
        process.agent = AgentState::Unsupported;
        process.note = library.error().message;
        process.remedy = library.error().remedy;
      }
    }
  }

  const ProcessListOptions& options_;
  std::map<std::pair<dev_t, ino_t>, std::string> versions_;  // of binaries already looked at
};

// Orders the processes as families and notes each one's topmost ancestor and depth.
std::vector<PythonProcess> inFamilies(std::vector<PythonProcess> processes) {
  std::unordered_map<int, std::size_t> byPid;
  for (std::size_t i = 0; i < processes.size(); ++i) byPid[processes[i].pid] = i;
  std::map<int, std::vector<std::size_t>> children;  // by parent pid; 0: the heads of families
  for (std::size_t i = 0; i < processes.size(); ++i) {
    const PythonProcess& process = processes[i];
    const bool hasParent = byPid.contains(process.parentPid) && process.parentPid != process.pid;
    children[hasParent ? process.parentPid : 0].push_back(i);
  }
  std::vector<PythonProcess> ordered;
  std::vector<std::pair<std::size_t, int>> stack;  // process, index of its parent in `ordered`
  const auto push = [&](int parentPid, int parentAt) {
    const auto& list = children[parentPid];
    for (auto i = list.rbegin(); i != list.rend(); ++i) stack.emplace_back(*i, parentAt);
  };
  push(0, -1);
  while (!stack.empty()) {
    const auto [index, parentAt] = stack.back();
    stack.pop_back();
    PythonProcess& process = processes[index];
    process.familyPid = parentAt < 0 ? process.pid : ordered[parentAt].familyPid;
    process.depth = parentAt < 0 ? 0 : ordered[parentAt].depth + 1;
    ordered.push_back(std::move(process));
    push(ordered.back().pid, static_cast<int>(ordered.size()) - 1);
  }
  return ordered;
}

bool needsQuotes(std::string_view argument) {
  return argument.empty() ||
         argument.find_first_of(" \t\n\"'\\$`*?;&|<>()[]{}#~!") != std::string_view::npos;
}

}  // namespace

std::string_view toString(AgentState state) {
  switch (state) {
    case AgentState::Loaded: return "loaded";
    case AgentState::Absent: return "absent";
    case AgentState::Unsupported: return "unsupported";
    case AgentState::Foreign: return "foreign";
    case AgentState::Copy: return "copy";
  }
  return "absent";
}

std::vector<PythonProcess> listPythonProcesses(const ProcessListOptions& options) {
  if (options.procFolder == "/proc") agent::removeStaleSockets(options.runtimeFolder);
  Lister lister(options);
  std::vector<PythonProcess> processes;
  for (const int pid : lister.pids()) {
    if (auto process = lister.describe(pid)) processes.push_back(std::move(*process));
  }
  return inFamilies(std::move(processes));
}

Result<PythonProcess> findPythonProcess(int pid, const ProcessListOptions& options) {
  const std::string number = std::to_string(pid);
  const std::string folder = options.procFolder + "/" + number;
  const auto stat = net::readProcFile(folder + "/stat");
  if (pid <= 0 || !stat) {
    return fail(ErrorCode::NotFound, "there is no process " + number,
                "list the Python processes with: whyalive ps");
  }
  if (auto process = Lister(options).describe(pid)) {
    process->familyPid = pid;
    return std::move(*process);
  }
  const auto parsed = net::parseStat(*stat);
  if (parsed && parsed->state == 'Z') {
    return fail(ErrorCode::NotFound, "process " + number + " has ended",
                "list the Python processes with: whyalive ps");
  }
  const std::string name = parsed ? parsed->name : "?";
  return fail(ErrorCode::Unsupported, "process " + number + " (" + name + ") is not a Python",
              "list the Python processes with: whyalive ps");
}

std::string commandLine(const std::vector<std::string>& command) {
  std::string line;
  for (const std::string& argument : command) {
    if (!line.empty()) line += ' ';
    if (!needsQuotes(argument)) {
      line += argument;
      continue;
    }
    line += '\'';
    for (const char c : argument) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += '\'';
  }
  return line;
}

}  // namespace whyalive::session
