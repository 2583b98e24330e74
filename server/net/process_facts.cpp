#include "server/net/process_facts.h"

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <sstream>

#include "server/attach/diagnosis.h"

namespace whyalive::net {
namespace {

// "4711 (a name) S …": the name may hold anything, so count from the last parenthesis. From the
// state on.
std::string statOf(const std::string& folder) {
  std::ifstream file(folder + "/stat");
  std::string text;
  std::getline(file, text, '\0');
  std::size_t end = text.rfind(')');
  if (end == std::string::npos || end + 2 >= text.size()) return {};
  return text.substr(end + 2);
}

std::optional<char> stateOf(const std::string& folder) {
  const std::string stat = statOf(folder);
  return stat.empty() ? std::nullopt : std::optional(stat[0]);
}

std::string executableName(const std::string& folder) {
  std::array<char, 4096> target{};
  ssize_t size = readlink((folder + "/exe").c_str(), target.data(), target.size());
  if (size <= 0) return {};
  std::string path(target.data(), static_cast<std::size_t>(size));
  return path.substr(path.rfind('/') + 1);
}

std::optional<bool> isPython(const std::string& folder, const std::string& name) {
  if (name.starts_with("python")) return true;
  std::ifstream maps(folder + "/maps");
  if (!maps) return std::nullopt;
  bool any = false;
  for (std::string line; std::getline(maps, line);) {
    any = true;
    std::string file = line.substr(line.rfind('/') + 1);
    if (file.starts_with("libpython") || file.starts_with("python3")) return true;
  }
  return any ? std::optional(false) : std::nullopt;
}

}  // namespace

std::optional<ProcessFacts> processFacts(pid_t pid) {
  std::string folder = "/proc/" + std::to_string(pid);
  struct stat facts{};
  if (pid <= 0 || stat(folder.c_str(), &facts) != 0) return std::nullopt;
  std::optional<char> state = stateOf(folder);
  if (!state || *state == 'Z' || *state == 'X') return std::nullopt;
  ProcessFacts found{facts.st_uid, executableName(folder), *state, std::nullopt};
  found.python = isPython(folder, found.name);
  return found;
}

bool isEnding(pid_t pid) {
  constexpr unsigned long kExiting = 4;  // PF_EXITING of the kernel
  std::istringstream stat(statOf("/proc/" + std::to_string(pid)));
  std::string state, parent, group, session, terminal, foreground;
  unsigned long flags = 0;
  stat >> state >> parent >> group >> session >> terminal >> foreground >> flags;
  if (flags & kExiting) return true;
  const auto status = attach::statusOf(pid);
  return status && (status->pending >> (SIGKILL - 1) & 1) != 0;
}

std::string userName(uid_t user) {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) == 0 && found) {
    return found->pw_name;
  }
  return std::to_string(user);
}

}  // namespace whyalive::net
