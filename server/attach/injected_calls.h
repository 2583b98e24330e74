// Calls made by a stopped thread of another process in the middle of what it was doing, without a
// trace of them afterwards.
//
// Each call returns into a signal frame on the thread's own stack (architecture.h). If this program
// dies, the kernel lets the thread run, the frame puts everything back, and the thread never knows.
// As a rule we put the registers back ourselves, exactly as they were at the stop, so that the
// kernel restarts an interrupted system call by its own rules, with the rest of its time. Signals
// wait meanwhile. Every stop costs the target two changes of context, on a loaded machine
// milliseconds: so there are few, and the called function runs untraced.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "protocol/base/result.h"
#include "server/attach/target.h"
#include "server/attach/traced_thread.h"

namespace whyalive::attach {

class InjectedCalls {
 public:
  // thread: stopped at `stop`. The stack has room and no lock is held: see safe_point.h.
  InjectedCalls(TracedThread& thread, const Target& target, const Registers& stop);
  InjectedCalls(const InjectedCalls&) = delete;
  InjectedCalls& operator=(const InjectedCalls&) = delete;

  Result<void> begin();
  // The kernel's result, a negative errno included. For calls that do not wait.
  Result<long> systemCall(long number, std::span<const std::uint64_t> arguments);

  enum class Progress {
    Running,
    Waiting,   // it has done its work and stays to be put back
    Returned,  // it has not been put back in time and went back by itself
  };
  // Lets the thread run a function until `progress` says that it waits, and stops it there.
  Result<void> function(Address function, std::span<const std::uint64_t> arguments,
                        const std::function<Progress()>& progress);
  // Puts everything back and lets the thread go. To be called even if a call failed.
  Result<void> finish();

 private:
  enum class Where { Untouched, InCall, GoneBack, Ended };

  Result<void> start(const Registers& registers);
  Result<TraceEvent> waitFor(TraceEvent::Kind kind);
  Result<void> onSignal(int signal);
  Error ended();

  TracedThread& thread_;
  const Target& target_;
  TargetMemory memory_;
  Registers stop_;
  std::uint64_t mask_ = 0;
  std::vector<std::byte> floatingPoint_;
  architecture::CallFrame frame_;
  Where where_ = Where::Untouched;
  bool atExit_ = false;        // at the exit of a system call, where the kernel restarts nothing
  std::vector<int> deferred_;  // signals that came meanwhile and cannot be blocked
};

}  // namespace whyalive::attach
