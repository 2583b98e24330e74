#include "agent/service/listener.h"

#include <dirent.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "agent/service/client.h"
#include "agent/service/runtime_folder.h"

namespace whyalive::agent {
namespace {

// "<pid>.sock" of a process that is no more.
void removeStale(const std::string& folder) {
  DIR* directory = opendir(folder.c_str());
  if (!directory) return;
  while (const dirent* entry = readdir(directory)) {
    char* end = nullptr;
    const long pid = std::strtol(entry->d_name, &end, 10);
    if (end == entry->d_name || std::strcmp(end, ".sock") != 0) continue;
    if (kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) {
      unlinkat(dirfd(directory), entry->d_name, 0);
    }
  }
  closedir(directory);
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(const std::string& folder) {
  if (Result<void> made = makeRuntimeFolder(folder); !made) return std::unexpected(made.error());
  removeStale(folder);
  const std::string path = socketPath(folder, getpid());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return fail(ErrorCode::InvalidArgument, "the path " + path + " is too long for a socket",
                "name a shorter folder by WHYALIVE_RUNTIME_DIR");
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  unlink(path.c_str());  // left by an earlier process of this number
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      listen(fd, 16) != 0) {
    const int reason = errno;
    if (fd >= 0) ::close(fd);
    return fail(ErrorCode::PermissionDenied,
                "cannot listen on " + path + ": " + std::strerror(reason));
  }
  return std::unique_ptr<Listener>(new Listener(fd, path));
}

Listener::~Listener() { close(); }

void Listener::close() {
  if (fd_ < 0) return;
  unlink(path_.c_str());
  ::close(fd_);
  fd_ = -1;
}

int Listener::accept() {
  const int fd = accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0 || isOurUser(fd)) return fd;
  ::close(fd);
  return -1;
}

}  // namespace whyalive::agent
