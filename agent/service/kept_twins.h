// The twins that stayed: children of this process that only we may wait for. Reaps those that have
// ended and clears away their sockets. The service's thread.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace whyalive::agent {

class KeptTwins {
 public:
  static constexpr std::size_t kMost = 4;

  KeptTwins() = default;
  KeptTwins(const KeptTwins&) = delete;
  ~KeptTwins() { end(); }

  bool full() const { return twins_.size() >= kMost; }
  // One that outlives this process is not ended with it.
  void add(pid_t pid, const std::string& folder, bool outlives);
  // What an earlier program of this process left: when a process executes another one, its children
  // stay, and twins that have ended wait for somebody who knows of them.
  void adoptEarlier(const std::string& folder);
  void addTo(std::vector<pollfd>& waits) const;
  void reap();
  // Ends and reaps them all, but those that are to outlive this process.
  void end();

 private:
  struct Twin {
    pid_t pid;
    int handle;  // pidfd, or -1
    std::string socket;
    bool outlives;
  };
  static void forget(const Twin& twin);

  std::vector<Twin> twins_;
};

}  // namespace whyalive::agent
