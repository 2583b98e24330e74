// One thread of another process under ptrace, for a moment.
//
// Seized, not attached: no SIGSTOP is sent, the other threads run on, and if this process dies the
// kernel lets the thread go where it stands. All calls must come from the thread that seized.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "protocol/base/result.h"
#include "server/attach/architecture.h"
#include "server/attach/seccomp.h"

namespace whyalive::attach {

struct TraceEvent {
  enum class Kind {
    Interrupted,   // by our interrupt(), at a place where registers may be exchanged
    GroupStopped,  // by job control: kill -STOP, Ctrl-Z
    SystemCall,    // entry or exit of a system call
    Signal,        // a signal is about to be delivered
    Gone,          // the thread or the process ended
    TimedOut,
  } kind = Kind::TimedOut;
  int signal = 0;
};

class TracedThread {
 public:
  static Result<TracedThread> seize(pid_t thread);
  TracedThread(TracedThread&& other) noexcept
      : thread_(std::exchange(other.thread_, 0)), stopped_(other.stopped_) {}
  TracedThread& operator=(TracedThread&&) = delete;
  ~TracedThread();  // lets go; a running thread is interrupted for that

  enum class Resume { Run, RunToSystemCall };

  Result<void> interrupt();
  // Waits until the thread stops. Another call than these may only be made while it is stopped.
  TraceEvent wait(std::chrono::steady_clock::time_point deadline);
  // Interrupts, lets signals that come first be delivered, and returns at the interruption.
  TraceEvent stop(std::chrono::steady_clock::time_point deadline);
  Result<void> resume(Resume how, int signal = 0);
  Result<void> detach(int signal = 0);  // delivered if it is the one the thread stopped for

  Result<Registers> registers() const;
  Result<void> setRegisters(const Registers& registers);
  Result<std::vector<std::byte>> floatingPoint() const;
  Result<void> setFloatingPoint(std::span<const std::byte> state);
  Result<std::uint64_t> signalMask() const;
  Result<void> setSignalMask(std::uint64_t mask);
  // Writes whatever the page's protection is (the page is copied first if it is shared).
  Result<void> poke(Address address, std::span<const std::byte> bytes);

  // The system call filters of the thread, the newest first; needs CAP_SYS_ADMIN.
  Result<std::vector<SeccompFilter>> seccompFilters() const;

  pid_t thread() const { return thread_; }

 private:
  explicit TracedThread(pid_t thread) : thread_(thread) {}

  pid_t thread_ = 0;  // 0: let go
  bool stopped_ = false;
};

}  // namespace whyalive::attach
