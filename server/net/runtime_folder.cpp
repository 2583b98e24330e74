#include "server/net/runtime_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace whyalive::net {
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

std::string agentSocketPath(const std::string& folder, pid_t pid) {
  return folder + "/" + std::to_string(pid) + ".sock";
}

Result<void> checkRuntimeFolder(const std::string& folder) {
  struct stat facts{};
  if (lstat(folder.c_str(), &facts) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return fail(ErrorCode::NotFound, "there is no folder " + folder);
    }
    return fail(ErrorCode::PermissionDenied,
                "the folder " + folder + " cannot be used: " + std::strerror(errno));
  }
  if (!S_ISDIR(facts.st_mode)) {
    return fail(ErrorCode::PermissionDenied, folder + " is not a folder",
                "remove it, or name another one by WHYALIVE_RUNTIME_DIR");
  }
  if (facts.st_uid != geteuid()) {
    return fail(ErrorCode::PermissionDenied, "the folder " + folder + " belongs to another user",
                "name a folder of your own by WHYALIVE_RUNTIME_DIR");
  }
  if ((facts.st_mode & 077) != 0) {
    return fail(ErrorCode::PermissionDenied, "the folder " + folder + " is open to other users",
                "run chmod 700 " + folder);
  }
  return {};
}

}  // namespace whyalive::net
