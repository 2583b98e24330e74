// The two pages that the loader puts into a process (launch_block.h), from their mapping to their
// end.
//
// Not to be copied or moved: one launch, one object, on the thread that traces.
#pragma once

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/attach/injected_calls.h"
#include "server/attach/launch_block.h"
#include "server/attach/loader.h"
#include "server/attach/target.h"

namespace whyalive::attach {

class Launch {
 public:
  Launch(const Target& target, const LoadRequest& request)
      : target_(target), request_(request), memory_(target.pid) {}
  Launch(const Launch&) = delete;
  Launch& operator=(const Launch&) = delete;

  // Has the stopped thread map and fill the pages and start the new thread. `filtered`: it has
  // system call filters, so nothing is tried that they might punish.
  Result<void> inject(InjectedCalls& calls, TracedThread& traced, bool filtered);

  // Watches the new thread, while the process runs, until its outcome is there.
  Result<LaunchBlock> watch(const RunControl& control);

 private:
  Result<void> mapPages(InjectedCalls& calls, bool filtered);
  Result<void> fillPages(TracedThread& traced);
  bool threadLives(long thread) const;
  void set(std::size_t offset) const;
  Error vanished() const;
  Error gaveUp(bool cancelled) const;

  const Target& target_;
  const LoadRequest& request_;
  TargetMemory memory_;
  LaunchBlock block_{};
  Address pages_ = 0;
};

// The threads of a process, as we number them; none if it is gone.
std::vector<pid_t> threadsOf(pid_t pid);

}  // namespace whyalive::attach
