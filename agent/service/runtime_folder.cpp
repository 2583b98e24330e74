#include "agent/service/runtime_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace whyalive::agent {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

std::string runtimeFolder() {
  if (std::string folder = environment("WHYALIVE_RUNTIME_DIR"); !folder.empty()) return folder;
  if (std::string base = environment("XDG_RUNTIME_DIR"); !base.empty()) return base + "/whyalive";
  return "/tmp/whyalive-" + std::to_string(geteuid());
}

Result<void> makeRuntimeFolder(const std::string& folder) {
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(ErrorCode::PermissionDenied,
                "cannot make the folder " + folder + ": " + std::strerror(errno),
                "name a folder of your own by WHYALIVE_RUNTIME_DIR");
  }
  struct stat facts{};
  if (lstat(folder.c_str(), &facts) != 0 || !S_ISDIR(facts.st_mode) || facts.st_uid != geteuid() ||
      (facts.st_mode & 077) != 0) {
    return fail(ErrorCode::PermissionDenied,
                folder + " is not a folder that only this user can enter",
                "remove it, or name another one by WHYALIVE_RUNTIME_DIR");
  }
  return {};
}

std::string socketPath(const std::string& folder, pid_t pid) {
  return folder + "/" + std::to_string(pid) + ".sock";
}

}  // namespace whyalive::agent
