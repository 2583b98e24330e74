#include "server/net/process_facts.h"

#include <sys/stat.h>

#include <csignal>

#include "server/attach/diagnosis.h"
#include "server/net/proc_files.h"

namespace whyalive::net {
namespace {

std::optional<bool> isPython(const std::string& folder, const std::string& name) {
  if (name.starts_with("python")) return true;
  const auto maps = readProcFile(folder + "/maps", 16 << 20);
  if (!maps || maps->empty()) return std::nullopt;
  return !mappedFiles(*maps, "libpython").empty() || !mappedFiles(*maps, "python3").empty();
}

}  // namespace

std::optional<ProcessFacts> processFacts(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  struct stat facts{};
  if (pid <= 0 || stat(folder.c_str(), &facts) != 0) return std::nullopt;
  const auto state = parseStat(readProcFile(folder + "/stat").value_or(""));
  if (!state || state->state == 'Z' || state->state == 'X') return std::nullopt;
  const std::string program = readLink(folder + "/exe").value_or("");
  ProcessFacts found{facts.st_uid, program.substr(program.rfind('/') + 1), state->state,
                     std::nullopt};
  found.python = isPython(folder, found.name);
  return found;
}

bool isEnding(pid_t pid) {
  constexpr unsigned long kExiting = 4;  // PF_EXITING of the kernel
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const auto stat = parseStat(readProcFile(path).value_or(""));
  if (stat && (stat->flags & kExiting) != 0) return true;
  const auto status = attach::statusOf(pid);
  return status && (status->pending >> (SIGKILL - 1) & 1) != 0;
}

}  // namespace whyalive::net
