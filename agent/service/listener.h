// The agent's listening socket: <folder>/<pid>.sock, for this user only.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "protocol/base/result.h"

namespace whyalive::agent {

class Listener {
 public:
  // Makes the folder, clears away sockets of processes that are gone, listens.
  static Result<std::unique_ptr<Listener>> open(const std::string& folder);
  ~Listener();
  Listener(const Listener&) = delete;

  int fd() const { return fd_; }
  // A connection of this user, or -1.
  int accept();
  // Somebody tidied up the folder: listens anew, so that the agent can be found again.
  void keepPresent();
  void close();  // and removes the socket

 private:
  Listener(int fd, std::string path, ino_t inode)
      : fd_(fd), path_(std::move(path)), inode_(inode) {}
  int fd_;
  std::string path_;
  ino_t inode_;
};

}  // namespace whyalive::agent
