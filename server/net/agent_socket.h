// The socket of the agent in a process: where it is, and whether it can be trusted.
//
// Mostly <runtime folder>/<pid>.sock. A process of another user, with another environment, or with
// another root folder, mount or pid namespace (a container) has it elsewhere: then the process
// itself shows which socket its agent's thread listens on, and the way there leads through
// /proc/PID/root. Either way the folder must be one that only the process's user can enter.
#pragma once

#include <sys/types.h>

#include <string>

#include "protocol/base/result.h"

namespace whyalive::net {

// As we reach it. NotFound: no agent; PermissionDenied: the folder is not to be trusted. `user` is
// the process's. A path may be there though nobody listens any more.
Result<std::string> findAgentSocket(pid_t pid, uid_t user, const std::string& runtimeFolder);

// Whether the agent of exactly this process accepts connections; a socket that a dead process left
// behind, or one planted by another process, is not an agent. Does not wait.
bool agentListens(pid_t pid, uid_t user, const std::string& runtimeFolder);

// The folder is a real folder of that user's and closed to others; NotFound when there is none.
Result<void> checkRuntimeFolder(const std::string& folder, uid_t user);

// An address for connect(), also where the path is longer than a socket's may be: then by way of an
// open folder, which must stay open until connected.
class SocketPath {
 public:
  explicit SocketPath(const std::string& path);
  ~SocketPath();
  SocketPath(const SocketPath&) = delete;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  int folder_ = -1;
};

}  // namespace whyalive::net
