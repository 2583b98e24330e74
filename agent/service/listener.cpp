#include "agent/service/listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "agent/service/client.h"
#include "protocol/agent/runtime_folder.h"

namespace whyalive::agent {
namespace {

// Makes it when absent; refuses one that others could tamper with.
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

int listenAt(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  unlink(path.c_str());  // left by an earlier process of this number
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      listen(fd, 256) == 0) {
    return fd;
  }
  const int reason = errno;
  close(fd);
  errno = reason;
  return -1;
}

// Of the file at this path; 0: there is none.
ino_t inodeOf(const std::string& path) {
  struct stat facts{};
  return lstat(path.c_str(), &facts) == 0 ? facts.st_ino : 0;
}

}  // namespace

Result<std::unique_ptr<Listener>> Listener::open(const std::string& folder) {
  if (Result<void> made = makeRuntimeFolder(folder); !made) return std::unexpected(made.error());
  removeStaleSockets(folder);
  const std::string path = socketPath(folder, getpid());
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return fail(ErrorCode::InvalidArgument, "the path " + path + " is too long for a socket",
                "name a shorter folder by WHYALIVE_RUNTIME_DIR");
  }
  const int fd = listenAt(path);
  if (fd < 0) {
    return fail(ErrorCode::PermissionDenied,
                "cannot listen on " + path + ": " + std::strerror(errno));
  }
  return std::unique_ptr<Listener>(new Listener(fd, path, inodeOf(path)));
}

void Listener::keepPresent() {
  if (fd_ < 0 || inodeOf(path_) == inode_) return;
  if (!makeRuntimeFolder(path_.substr(0, path_.rfind('/')))) return;
  const int fresh = listenAt(path_);
  if (fresh < 0) return;
  ::close(fd_);
  fd_ = fresh;
  inode_ = inodeOf(path_);
}

Listener::~Listener() { close(); }

void Listener::close() {
  if (fd_ < 0) return;
  if (inodeOf(path_) == inode_) unlink(path_.c_str());
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
