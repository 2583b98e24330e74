// Calls made by a stopped thread of another process in the middle of what it was doing, without a
// trace of them afterwards.
//
// Each call returns into a signal frame on the thread's own stack (architecture.h). In the usual
// case we see the thread ask the kernel for that signal return, which is where the call has ended,
// and go on from there; if this program dies, the kernel lets the thread run, the frame puts
// everything back, and the thread never knows. Other signals wait meanwhile. At the end registers
// and floating-point state are put back as they were at the stop, so that the kernel restarts an
// interrupted system call by its own rules.
#pragma once

#include <chrono>
#include <string>

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
  // The kernel's result, a negative errno included.
  Result<long> systemCall(long number, std::span<const std::uint64_t> arguments);
  Result<void> function(Address function, std::span<const std::uint64_t> arguments);
  // Puts everything back and lets the thread go. To be called even if a call failed.
  Result<void> finish();

  // The system calls that the last function made and that failed, for error messages.
  const std::string& failures() const { return failures_; }

 private:
  Result<void> run(const Registers& registers);
  Result<void> onSignal(int signal);
  Result<void> abandon(const char* why);
  Result<void> letGo(int signal);

  TracedThread& thread_;
  const Target& target_;
  TargetMemory memory_;
  Registers stop_;
  Registers then_;
  std::uint64_t mask_ = 0;
  std::vector<std::byte> floatingPoint_;
  architecture::CallFrame frame_;
  bool begun_ = false;
  bool inSystemCall_ = false;   // between a system call's entry and its exit
  bool atInterruption_ = true;  // at a stop where exact registers can be put back
  bool gone_ = false;
  long lastResult_ = 0;
  std::string failures_;
  std::vector<int> deferred_;  // signals that came meanwhile and cannot be blocked
};

}  // namespace whyalive::attach
