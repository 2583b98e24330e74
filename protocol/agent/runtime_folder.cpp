#include "protocol/agent/runtime_folder.h"

#include <dirent.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
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

bool nobodyListens(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  const bool refused =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno == ECONNREFUSED;
  close(fd);
  return refused;
}

}  // namespace

std::string runtimeFolder() {
  if (std::string folder = environment("WHYALIVE_RUNTIME_DIR"); !folder.empty()) return folder;
  if (std::string base = environment("XDG_RUNTIME_DIR"); !base.empty()) return base + "/whyalive";
  return "/tmp/whyalive-" + std::to_string(geteuid());
}

std::string socketPath(const std::string& folder, pid_t pid) {
  return folder + "/" + std::to_string(pid) + ".sock";
}

std::string twinSocketPath(const std::string& folder, pid_t pid) {
  return folder + "/" + std::to_string(pid) + ".twin";
}

void removeStaleSockets(const std::string& folder) {
  DIR* directory = opendir(folder.c_str());
  if (!directory) return;
  while (const dirent* entry = readdir(directory)) {
    char* end = nullptr;
    const long pid = std::strtol(entry->d_name, &end, 10);
    const bool ours = std::strcmp(end, ".sock") == 0 || std::strcmp(end, ".twin") == 0;
    if (end == entry->d_name || !ours || pid <= 0) continue;
    const bool gone = kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH;
    if (gone && nobodyListens(folder + "/" + entry->d_name)) {
      unlinkat(dirfd(directory), entry->d_name, 0);
    }
  }
  closedir(directory);
}

}  // namespace whyalive::agent
