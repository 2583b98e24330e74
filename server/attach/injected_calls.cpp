#include "server/attach/injected_calls.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

namespace whyalive::attach {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = TraceEvent::Kind;
constexpr auto kLongestCall = std::chrono::seconds(2);
constexpr auto kLongestStop = std::chrono::seconds(2);

// Everything but what a fault of the call itself would raise: the kernel would reset the target's
// handlers of those if they came blocked.
constexpr std::uint64_t bit(int signal) { return std::uint64_t{1} << (signal - 1); }
constexpr std::uint64_t kFaults =
    bit(SIGSEGV) | bit(SIGBUS) | bit(SIGFPE) | bit(SIGILL) | bit(SIGTRAP) | bit(SIGSYS);

bool failed(long result) { return result < 0 && result > -4096; }

}  // namespace

InjectedCalls::InjectedCalls(TracedThread& thread, const Target& target, const Registers& stop)
    : thread_(thread),
      target_(target),
      memory_(target.pid),
      stop_(stop),
      then_(architecture::resumable(stop)) {}

Result<void> InjectedCalls::begin() {
  const auto mask = thread_.signalMask();
  if (!mask) return std::unexpected(mask.error());
  mask_ = *mask;
  auto floatingPoint = thread_.floatingPoint();
  if (!floatingPoint) return std::unexpected(floatingPoint.error());
  floatingPoint_ = std::move(*floatingPoint);
  frame_ = architecture::callFrame(then_, mask_, floatingPoint_, target_.signalReturn);
  if (auto done = memory_.write(frame_.stack, frame_.bytes); !done) return done;
  begun_ = true;
  return {};
}

Result<long> InjectedCalls::systemCall(long number, std::span<const std::uint64_t> arguments) {
  const auto registers =
      architecture::callingSystem(stop_, target_.systemCallGadget, number, arguments, frame_);
  if (auto done = run(registers); !done) return std::unexpected(done.error());
  return lastResult_;
}

Result<void> InjectedCalls::function(Address function, std::span<const std::uint64_t> arguments) {
  return run(architecture::calling(stop_, function, arguments, frame_));
}

Result<void> InjectedCalls::run(const Registers& registers) {
  failures_.clear();
  // The call before this one has taken the return address off the stack.
  const auto returnAddress = std::span(frame_.bytes).first(sizeof(Address));
  if (auto done = memory_.write(frame_.stack, returnAddress); !done) return done;
  if (auto done = thread_.setRegisters(registers); !done) return done;
  // Only now that the frame would restore the mask, too, if we died.
  if (auto done = thread_.setSignalMask(~kFaults); !done) return done;
  atInterruption_ = false;
  const Clock::time_point deadline = Clock::now() + kLongestCall;
  for (;;) {
    if (auto done = thread_.resume(TracedThread::Resume::RunToSystemCall); !done) return done;
    const TraceEvent event = thread_.wait(deadline);
    if (event.kind == Kind::Gone) return abandon("ended");
    if (event.kind == Kind::TimedOut) return abandon("did not return");
    if (event.kind == Kind::Signal) {
      if (auto done = onSignal(event.signal); !done) return done;
    }
    if (event.kind != Kind::SystemCall) continue;
    inSystemCall_ = !inSystemCall_;
    const auto now = thread_.registers();
    if (!now) return std::unexpected(now.error());
    if (inSystemCall_ && architecture::isSignalReturn(*now, frame_)) return {};
    const auto call = architecture::systemCall(*now);
    if (inSystemCall_ || call.number < 0) continue;
    lastResult_ = call.result;
    if (failed(call.result)) {
      failures_ += " system call " + std::to_string(call.number) + ": " +
                   std::strerror(static_cast<int>(-call.result)) + ".";
    }
  }
}

Result<void> InjectedCalls::onSignal(int signal) {
  if (signal == SIGSTOP) {  // cannot be blocked; comes into force again when we are done
    deferred_.push_back(signal);
    return {};
  }
  atInterruption_ = true;
  return fail(ErrorCode::Internal, "A call in process " + std::to_string(target_.pid) +
                                       " failed with signal " + std::to_string(signal) +
                                       "; it was undone and the process goes on");
}

Result<void> InjectedCalls::abandon(const char* why) {
  if (thread_.thread() == 0) {
    gone_ = true;
    return fail(ErrorCode::Disconnected,
                "Process " + std::to_string(target_.pid) + " ended while it was being attached to");
  }
  const TraceEvent event = thread_.stop(Clock::now() + kLongestStop);
  gone_ = event.kind == Kind::Gone;
  inSystemCall_ = false;
  atInterruption_ = event.kind == Kind::Interrupted || event.kind == Kind::GroupStopped;
  return fail(ErrorCode::Internal, "A call in process " + std::to_string(target_.pid) + " " + why +
                                       "; it was undone and the process goes on");
}

// From the entry of a call's signal return. Up to the last step the frame, or `then_`, would do if
// we died; the last step gives the kernel back what it needs to restart a system call.
Result<void> InjectedCalls::finish() {
  if (!begun_ || gone_) return {};
  if (auto done = thread_.setSignalMask(mask_); !done) return done;
  if (auto done = thread_.setFloatingPoint(floatingPoint_); !done) return done;
  if (atInterruption_) return letGo(0);
  if (auto done = thread_.setRegisters(then_); !done) return done;
  if (auto done = thread_.interrupt(); !done) return done;
  if (auto done = thread_.resume(TracedThread::Resume::Run); !done) return done;
  const TraceEvent event = thread_.wait(Clock::now() + kLongestStop);
  if (event.kind == Kind::Gone || event.kind == Kind::TimedOut) {
    return fail(ErrorCode::Disconnected,
                "Process " + std::to_string(target_.pid) + " ended while it was being attached to");
  }
  return letGo(event.kind == Kind::Signal ? event.signal : 0);
}

Result<void> InjectedCalls::letGo(int signal) {
  if (auto done = thread_.setRegisters(stop_); !done) return done;
  auto done = thread_.detach(signal);
  for (const int late : deferred_) kill(target_.pid, late);
  return done;
}

}  // namespace whyalive::attach
