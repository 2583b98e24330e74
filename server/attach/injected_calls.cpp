#include "server/attach/injected_calls.h"

#include <sched.h>

#include <csignal>

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

}  // namespace

InjectedCalls::InjectedCalls(TracedThread& thread, const Target& target, const Registers& stop)
    : thread_(thread), target_(target), memory_(target.pid), stop_(stop) {}

Result<void> InjectedCalls::begin() {
  const auto mask = thread_.signalMask();
  if (!mask) return std::unexpected(mask.error());
  mask_ = *mask;
  auto floatingPoint = thread_.floatingPoint();
  if (!floatingPoint) return std::unexpected(floatingPoint.error());
  floatingPoint_ = std::move(*floatingPoint);
  frame_ = architecture::callFrame(architecture::resumable(stop_), mask_, floatingPoint_,
                                   target_.signalReturn);
  return memory_.write(frame_.stack, frame_.bytes);
}

// From here on the frame would undo everything if we died, so the order counts: the mask comes
// last.
Result<void> InjectedCalls::start(const Registers& registers) {
  if (auto done = thread_.setRegisters(registers); !done) return done;
  if (where_ == Where::Untouched) {
    where_ = Where::InCall;
    if (auto done = thread_.setSignalMask(~kFaults); !done) return done;
  }
  atExit_ = false;
  return {};
}

Result<TraceEvent> InjectedCalls::waitFor(Kind kind) {
  const Clock::time_point deadline = Clock::now() + kLongestStop;
  for (;;) {
    const TraceEvent event = thread_.wait(deadline);
    if (event.kind == kind) return event;
    if (event.kind == Kind::Gone || event.kind == Kind::TimedOut) return std::unexpected(ended());
    if (event.kind == Kind::Signal) {
      if (auto done = onSignal(event.signal); !done) return std::unexpected(done.error());
    }
    const auto how = kind == Kind::SystemCall ? TracedThread::Resume::RunToSystemCall
                                              : TracedThread::Resume::Run;
    if (auto done = thread_.resume(how); !done) return std::unexpected(done.error());
  }
}

Result<long> InjectedCalls::systemCall(long number, std::span<const std::uint64_t> arguments) {
  const auto registers =
      architecture::callingSystem(stop_, target_.systemCallGadget, number, arguments, frame_);
  if (auto done = start(registers); !done) return std::unexpected(done.error());
  for (int stop = 0; stop < 2; ++stop) {  // its entry, its exit
    auto resumed = thread_.resume(TracedThread::Resume::RunToSystemCall);
    if (!resumed) return std::unexpected(resumed.error());
    if (auto event = waitFor(Kind::SystemCall); !event) return std::unexpected(event.error());
  }
  atExit_ = true;
  const auto after = thread_.registers();
  if (!after) return std::unexpected(after.error());
  return architecture::systemCall(*after).result;
}

Result<void> InjectedCalls::function(Address function, std::span<const std::uint64_t> arguments,
                                     const std::function<Progress()>& progress) {
  const auto registers = architecture::calling(stop_, function, arguments, frame_);
  if (auto done = start(registers); !done) return done;
  if (auto done = thread_.resume(TracedThread::Resume::Run); !done) return done;
  const Clock::time_point deadline = Clock::now() + kLongestCall;
  while (progress() == Progress::Running && Clock::now() < deadline) {
    // A fault of the call, or the end of the process, would show here.
    const TraceEvent event = thread_.wait(Clock::now());
    if (event.kind == Kind::Gone) return std::unexpected(ended());
    if (event.kind == Kind::Signal) {
      if (auto done = onSignal(event.signal); !done) return done;
    }
    if (event.kind == Kind::TimedOut) {
      sched_yield();
    } else if (auto done = thread_.resume(TracedThread::Resume::Run); !done) {
      return done;
    }
  }
  if (auto done = thread_.interrupt(); !done) return done;
  if (auto event = waitFor(Kind::Interrupted); !event) return std::unexpected(event.error());
  const Progress reached = progress();  // now that it stands still
  if (reached == Progress::Returned) where_ = Where::GoneBack;
  if (reached != Progress::Running) return {};
  return fail(ErrorCode::Internal, "a call in process " + std::to_string(target_.pid) +
                                       " did not end; it was undone and the process goes on");
}

Result<void> InjectedCalls::onSignal(int signal) {
  if ((kFaults & bit(signal)) == 0) {  // SIGSTOP: it comes into force again when we are done
    deferred_.push_back(signal);
    return {};
  }
  return fail(ErrorCode::Internal, "a call in process " + std::to_string(target_.pid) +
                                       " failed with signal " + std::to_string(signal) +
                                       "; it was undone and the process goes on");
}

Error InjectedCalls::ended() {
  where_ = Where::Ended;
  return {ErrorCode::Disconnected,
          "process " + std::to_string(target_.pid) + " ended while it was being attached to", ""};
}

// Up to the last step the frame, or the registers set here, would do if we died.
Result<void> InjectedCalls::finish() {
  Result<void> done;
  if (where_ == Where::Ended) return done;
  if (where_ == Where::InCall) {
    if (atExit_) {
      // The kernel restarts a call only from a stop of another kind.
      done = start(architecture::resumable(stop_));
      if (done) done = thread_.setSignalMask(mask_);
      if (done) done = thread_.interrupt();
      if (done) done = thread_.resume(TracedThread::Resume::Run);
      if (done) {
        if (auto event = waitFor(Kind::Interrupted); !event) return std::unexpected(event.error());
      }
    } else {
      done = thread_.setSignalMask(mask_);
    }
    if (done) done = thread_.setFloatingPoint(floatingPoint_);
    if (done) done = thread_.setRegisters(stop_);
  }
  const auto detached = thread_.detach();
  for (const int late : deferred_) kill(target_.pid, late);
  return done ? detached : done;
}

}  // namespace whyalive::attach
