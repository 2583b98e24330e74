#include "server/net/agent_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "protocol/agent/runtime_folder.h"
#include "server/attach/visible_file.h"

namespace whyalive::net {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAgentThread = "whyalive-agent";  // as the agent calls it

std::string firstLine(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// The inodes of the sockets that a thread has open: agents have descriptors of their own.
std::set<std::string> socketsOf(const fs::path& thread) {
  std::set<std::string> inodes;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(thread / "fd", error)) {
    const std::string link = fs::read_symlink(entry.path(), error).string();
    if (link.starts_with("socket:[")) inodes.insert(link.substr(8, link.size() - 9));
  }
  return inodes;
}

// "Num RefCount Protocol Flags Type St Inode Path": the listening one among `inodes`, as the
// process that bound it sees its path.
std::optional<std::string> listeningPath(const fs::path& process,
                                         const std::set<std::string>& inodes) {
  std::ifstream table(process / "net/unix");
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string number, references, protocol, flags, type, state, inode, path;
    words >> number >> references >> protocol >> flags >> type >> state >> inode;
    std::getline(words >> std::ws, path);
    const bool listens = flags == "00010000";
    if (listens && inodes.contains(inode) && path.starts_with('/')) return path;
  }
  return std::nullopt;
}

std::optional<std::string> socketOfThread(pid_t pid) {
  const fs::path process = "/proc/" + std::to_string(pid);
  std::error_code error;
  for (const auto& thread : fs::directory_iterator(process / "task", error)) {
    if (firstLine(thread.path() / "comm") != kAgentThread) continue;
    if (auto path = listeningPath(process, socketsOf(thread.path()))) {
      return attach::pathAsWeSeeIt(pid, *path);
    }
  }
  return std::nullopt;
}

}  // namespace

Result<void> checkRuntimeFolder(const std::string& folder, uid_t user) {
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
  if (facts.st_uid != user) {
    return fail(ErrorCode::PermissionDenied, "the folder " + folder + " belongs to another user",
                "name a folder of your own by WHYALIVE_RUNTIME_DIR");
  }
  if ((facts.st_mode & 077) != 0) {
    return fail(ErrorCode::PermissionDenied, "the folder " + folder + " is open to other users",
                "run chmod 700 " + folder);
  }
  return {};
}

Result<std::string> findAgentSocket(pid_t pid, uid_t user, const std::string& runtimeFolder) {
  std::string path = agent::socketPath(runtimeFolder, pid);
  struct stat facts{};
  const bool usual = !runtimeFolder.empty() && lstat(path.c_str(), &facts) == 0;
  if (!usual) {
    // Who names a folder means that one, for all processes that could use it.
    const bool here = std::getenv("WHYALIVE_RUNTIME_DIR") != nullptr && user == geteuid() &&
                      attach::sharesOurFiles(pid);
    auto elsewhere = here ? std::nullopt : socketOfThread(pid);
    if (!elsewhere) {
      // A folder that agents refuse, too, is why there is none.
      const auto fine = checkRuntimeFolder(runtimeFolder, geteuid());
      if (!fine && fine.error().code != ErrorCode::NotFound) return std::unexpected(fine.error());
      return fail(ErrorCode::NotFound, "nobody listens at " + path);
    }
    path = std::move(*elsewhere);
  }
  auto fine = checkRuntimeFolder(fs::path(path).parent_path(), user);
  if (!fine) return std::unexpected(fine.error());
  return path;
}

bool agentListens(pid_t pid, uid_t user, const std::string& runtimeFolder) {
  const auto path = findAgentSocket(pid, user, runtimeFolder);
  if (!path) return false;
  const SocketPath reachable(*path);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (reachable.text().size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, reachable.text().c_str(), reachable.text().size() + 1);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return false;
  ucred peer{};
  socklen_t size = sizeof peer;
  const bool listens =
      connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == pid;
  close(descriptor);
  return listens;
}

SocketPath::SocketPath(const std::string& path) : text_(path) {
  if (path.size() < sizeof(sockaddr_un::sun_path)) return;
  const fs::path whole = path;
  folder_ = open(whole.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder_ < 0) return;
  text_ = "/proc/self/fd/" + std::to_string(folder_) + "/" + whole.filename().string();
}

SocketPath::~SocketPath() {
  if (folder_ >= 0) close(folder_);
}

}  // namespace whyalive::net
