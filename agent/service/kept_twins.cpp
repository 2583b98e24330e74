#include "agent/service/kept_twins.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sstream>

#include "agent/service/process_self.h"
#include "agent/twin/twin.h"

namespace whyalive::agent {
namespace {

constexpr int kFarewellTries = 100;
constexpr timespec kFarewellPause{0, 2'000'000};

}  // namespace

void KeptTwins::add(pid_t pid, const std::string& folder, bool outlives) {
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  twins_.push_back({pid, handle, folder + "/" + std::to_string(pid) + ".twin", outlives});
}

void KeptTwins::adoptEarlier(const std::string& folder) {
  const std::string self = std::to_string(getpid());
  std::istringstream children(self::readFile(("/proc/self/task/" + self + "/children").c_str()));
  for (pid_t pid = 0; children >> pid;) {
    const std::string name = self::readFile(("/proc/" + std::to_string(pid) + "/comm").c_str());
    if (name.rfind("whyalive-twin", 0) == 0) add(pid, folder, true);
  }
}

void KeptTwins::addTo(std::vector<pollfd>& waits) const {
  for (const Twin& twin : twins_) waits.push_back({twin.handle, POLLIN, 0});
}

void KeptTwins::reap() {
  std::erase_if(twins_, [](const Twin& twin) {
    int status = 0;
    if (waitpid(twin.pid, &status, __WALL | WNOHANG) == 0) return false;
    forget(twin);
    return true;
  });
}

void KeptTwins::end() {
  std::erase_if(twins_, [](const Twin& twin) {
    if (twin.outlives && twin.handle >= 0) close(twin.handle);
    return twin.outlives;
  });
  for (const Twin& twin : twins_) kill(twin.pid, SIGTERM);  // it tells its clients
  for (int tries = 0; tries < kFarewellTries && !twins_.empty(); ++tries) {
    reap();
    if (!twins_.empty()) nanosleep(&kFarewellPause, nullptr);
  }
  for (const Twin& twin : twins_) {
    kill(twin.pid, SIGKILL);
    reapTwin(twin.pid);
    forget(twin);
  }
  twins_.clear();
}

void KeptTwins::forget(const Twin& twin) {
  if (twin.handle >= 0) close(twin.handle);
  unlink(twin.socket.c_str());
}

}  // namespace whyalive::agent
