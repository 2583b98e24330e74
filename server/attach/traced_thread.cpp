#include "server/attach/traced_thread.h"

#include <elf.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>

namespace whyalive::attach {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kLargestFloatingPoint = 32768;
constexpr int kSystemCallStop = SIGTRAP | 0x80;

std::unexpected<Error> failure(const char* what, pid_t thread) {
  const int error = errno;
  const ErrorCode code = error == EPERM   ? ErrorCode::PermissionDenied
                         : error == ESRCH ? ErrorCode::NotFound
                                          : ErrorCode::Internal;
  return fail(code, std::string("could not ") + what + " thread " + std::to_string(thread) + ": " +
                        std::strerror(error));
}

void* asPointer(std::uint64_t value) { return reinterpret_cast<void*>(value); }

// Waiting must have a time limit, which waitpid() has not, and must notice a stop within
// microseconds, since the target stands still meanwhile: ask, at first without a break.
void pauseBetweenLooks(Clock::duration waited) {
  using namespace std::chrono_literals;
  if (waited < 30us) return;
  if (waited < 2ms) {
    sched_yield();
    return;
  }
  const timespec nap{0, waited < 50ms ? 100'000 : 1'000'000};
  nanosleep(&nap, nullptr);
}

TraceEvent eventOf(int status) {
  using Kind = TraceEvent::Kind;
  if (!WIFSTOPPED(status)) return {Kind::Gone};
  const int signal = WSTOPSIG(status);
  if (status >> 16 == PTRACE_EVENT_STOP) {
    const bool byJobControl =
        signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
    return {byJobControl ? Kind::GroupStopped : Kind::Interrupted, signal};
  }
  if (signal == kSystemCallStop) return {Kind::SystemCall};
  return {Kind::Signal, signal};
}

}  // namespace

Result<TracedThread> TracedThread::seize(pid_t thread) {
  if (ptrace(PTRACE_SEIZE, thread, nullptr, asPointer(PTRACE_O_TRACESYSGOOD)) != 0) {
    return failure("trace", thread);
  }
  return TracedThread(thread);
}

TracedThread::~TracedThread() {
  if (thread_ == 0) return;
  if (!stopped_) stop(Clock::now() + std::chrono::seconds(2));
  (void)detach();
}

Result<void> TracedThread::interrupt() {
  if (ptrace(PTRACE_INTERRUPT, thread_, nullptr, nullptr) != 0) return failure("stop", thread_);
  return {};
}

TraceEvent TracedThread::wait(Clock::time_point deadline) {
  const Clock::time_point start = Clock::now();
  for (;;) {
    int status = 0;
    const pid_t changed = waitpid(thread_, &status, WNOHANG | __WALL);
    if (changed == thread_) {
      const TraceEvent event = eventOf(status);
      stopped_ = event.kind != TraceEvent::Kind::Gone;
      if (!stopped_) thread_ = 0;
      return event;
    }
    if (changed < 0 && errno != EINTR) {
      thread_ = 0;
      return {TraceEvent::Kind::Gone};
    }
    const Clock::time_point now = Clock::now();
    if (now >= deadline) return {TraceEvent::Kind::TimedOut};
    pauseBetweenLooks(now - start);
  }
}

TraceEvent TracedThread::stop(Clock::time_point deadline) {
  if (!interrupt()) return {TraceEvent::Kind::Gone};
  for (;;) {
    const TraceEvent event = wait(deadline);
    const bool early =
        event.kind == TraceEvent::Kind::Signal || event.kind == TraceEvent::Kind::SystemCall;
    if (!early) return event;
    if (!resume(Resume::Run, event.signal)) return {TraceEvent::Kind::Gone};
  }
}

Result<void> TracedThread::resume(Resume how, int signal) {
  const auto request = how == Resume::Run ? PTRACE_CONT : PTRACE_SYSCALL;
  if (ptrace(request, thread_, nullptr, asPointer(static_cast<std::uint64_t>(signal))) != 0) {
    return failure("continue", thread_);
  }
  stopped_ = false;
  return {};
}

Result<void> TracedThread::detach(int signal) {
  const pid_t thread = std::exchange(thread_, 0);
  if (thread == 0) return {};
  if (ptrace(PTRACE_DETACH, thread, nullptr, asPointer(static_cast<std::uint64_t>(signal))) != 0)
    return failure("let go of", thread);
  return {};
}

Result<Registers> TracedThread::registers() const {
  Registers registers{};
  iovec part{&registers, sizeof registers};
  if (ptrace(PTRACE_GETREGSET, thread_, asPointer(NT_PRSTATUS), &part) != 0) {
    return failure("read registers of", thread_);
  }
  if (part.iov_len != sizeof registers) {
    return fail(ErrorCode::Unsupported, "the process is a 32-bit one",
                "WhyAlive works with 64-bit interpreters only");
  }
  return registers;
}

Result<void> TracedThread::setRegisters(const Registers& registers) {
  iovec part{const_cast<Registers*>(&registers), sizeof registers};
  if (ptrace(PTRACE_SETREGSET, thread_, asPointer(NT_PRSTATUS), &part) != 0) {
    return failure("set registers of", thread_);
  }
  return {};
}

Result<std::vector<std::byte>> TracedThread::floatingPoint() const {
  std::vector<std::byte> state(kLargestFloatingPoint);
  iovec part{state.data(), state.size()};
  const auto set = static_cast<std::uint64_t>(architecture::floatingPointSet());
  if (ptrace(PTRACE_GETREGSET, thread_, asPointer(set), &part) != 0) {
    return failure("read floating-point registers of", thread_);
  }
  state.resize(part.iov_len);
  return state;
}

Result<void> TracedThread::setFloatingPoint(std::span<const std::byte> state) {
  iovec part{const_cast<std::byte*>(state.data()), state.size()};
  const auto set = static_cast<std::uint64_t>(architecture::floatingPointSet());
  if (ptrace(PTRACE_SETREGSET, thread_, asPointer(set), &part) != 0) {
    return failure("set floating-point registers of", thread_);
  }
  return {};
}

Result<std::uint64_t> TracedThread::signalMask() const {
  std::uint64_t mask = 0;
  if (ptrace(PTRACE_GETSIGMASK, thread_, asPointer(sizeof mask), &mask) != 0) {
    return failure("read the signal mask of", thread_);
  }
  return mask;
}

Result<void> TracedThread::setSignalMask(std::uint64_t mask) {
  if (ptrace(PTRACE_SETSIGMASK, thread_, asPointer(sizeof mask), &mask) != 0) {
    return failure("set the signal mask of", thread_);
  }
  return {};
}

Result<void> TracedThread::poke(Address address, std::span<const std::byte> bytes) {
  for (std::size_t done = 0; done < bytes.size(); done += sizeof(long)) {
    long word = 0;
    std::memcpy(&word, bytes.data() + done, std::min(sizeof word, bytes.size() - done));
    if (ptrace(PTRACE_POKEDATA, thread_, asPointer(address + done), word) != 0) {
      return failure("write memory of", thread_);
    }
  }
  return {};
}

Result<std::vector<SeccompFilter>> TracedThread::seccompFilters() const {
  std::vector<SeccompFilter> filters;
  for (std::uint64_t index = 0;; ++index) {
    const long length = ptrace(PTRACE_SECCOMP_GET_FILTER, thread_, asPointer(index), nullptr);
    if (length < 0 && errno == ENOENT) return filters;
    if (length < 0) return failure("read the system call filters of", thread_);
    SeccompFilter filter(static_cast<std::size_t>(length));
    if (ptrace(PTRACE_SECCOMP_GET_FILTER, thread_, asPointer(index), filter.data()) != length) {
      return failure("read the system call filters of", thread_);
    }
    filters.push_back(std::move(filter));
  }
}

}  // namespace whyalive::attach
