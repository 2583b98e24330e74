#include "server/attach/loader.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <thread>

#include "server/attach/diagnosis.h"
#include "server/attach/injected_calls.h"
#include "server/attach/launch.h"
#include "server/attach/traced_thread.h"

namespace whyalive::attach {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::size_t kStackToScan = std::size_t{64} << 10;
constexpr std::size_t kStackNeeded = std::size_t{32} << 10;
constexpr auto kStrictFor = 30ms;  // then code of other libraries will do as well

std::int64_t nsSince(Clock::time_point start) {
  return std::chrono::nanoseconds(Clock::now() - start).count();
}

std::string threadFile(pid_t thread, const char* name) {
  return "task/" + std::to_string(thread) + "/" + name;
}

// While a thread of the target stands still this thread's turns come first, where that is allowed:
// each step waits for one, and on a busy machine that is most of the pause.
class FirstInLine {
 public:
  FirstInLine() { setpriority(PRIO_PROCESS, 0, kHighest); }
  ~FirstInLine() { setpriority(PRIO_PROCESS, 0, before_); }
  FirstInLine(const FirstInLine&) = delete;

 private:
  static constexpr int kHighest = -20;
  const int before_ = getpriority(PRIO_PROCESS, 0);  // of the thread alone, on Linux
};

class Loader {
 public:
  Loader(const Target& target, const LoadRequest& request, const RunControl& control)
      : target_(target), request_(request), control_(control), memory_(target.pid) {}

  Result<LoadOutcome> run();

 private:
  enum class Attempt { NotHere, Launched };

  Result<void> findPoint();
  Result<Attempt> tryOnce(Patience patience);
  Result<Attempt> tryThread(pid_t thread, Patience patience);
  Result<Attempt> tryStopped(TracedThread& traced, Patience patience);
  bool hasRoom(const Registers& registers, pid_t thread) const;
  bool noSignalWaits(pid_t thread) const;
  std::optional<ProcessStatus> statusOfThread(pid_t thread) const;
  Result<void> checkFilters(const TracedThread& traced);
  Result<void> conclude(const LaunchBlock& block);
  Error noSafePoint() const;

  const Target& target_;
  const LoadRequest& request_;
  const RunControl& control_;
  TargetMemory memory_;
  LoadOutcome outcome_;
  Launch launch_{target_, request_};
  bool filtered_ = false;  // the thread has system call filters
  std::string lastWait_;   // what the threads were seen waiting in, for the error
  std::minstd_rand random_{static_cast<unsigned>(getpid())};
};

Result<LoadOutcome> Loader::run() {
  const Clock::time_point start = Clock::now();
  if (request_.path.size() >= kLongestPath || request_.argument.size() >= kLongestPath ||
      request_.entryName.size() >= sizeof LaunchBlock::entryName) {
    return fail(ErrorCode::InvalidArgument,
                "the path " + request_.path + " is too long to load from");
  }
  if (auto done = findPoint(); !done) return std::unexpected(done.error());
  auto block = launch_.watch(control_);
  if (!block) return std::unexpected(block.error());
  if (auto done = conclude(*block); !done) return std::unexpected(done.error());
  outcome_.totalNs = nsSince(start);
  return outcome_;
}

Result<void> Loader::findPoint() {
  const Clock::time_point start = Clock::now();
  const Clock::time_point deadline = start + request_.findPoint;
  std::chrono::microseconds backOff = 100us;
  while (Clock::now() < deadline) {
    const bool strict = Clock::now() - start < kStrictFor;
    const auto attempt = tryOnce(strict ? Patience::Strict : Patience::Wide);
    if (!attempt) return std::unexpected(attempt.error());
    if (*attempt == Attempt::Launched) return {};
    const double spent = std::chrono::duration<double>(Clock::now() - start) / request_.findPoint;
    if (!control_.keepGoing("waiting for a safe point", std::min(spent, 1.0))) {
      return fail(ErrorCode::Cancelled, "attaching was cancelled; the process goes on as before");
    }
    // At random, so as not to look always at the same place of a loop.
    std::this_thread::sleep_for(backOff / 2 + backOff * static_cast<int>(random_() % 100) / 100);
    backOff = std::min(backOff * 5 / 4, std::chrono::microseconds(10ms));
  }
  return std::unexpected(noSafePoint());
}

// First choice: a thread that waits, as it does not even notice. Else one that runs.
Result<Loader::Attempt> Loader::tryOnce(Patience patience) {
  std::vector<pid_t> running;
  lastWait_.clear();
  const std::vector<pid_t> threads = threadsOf(target_.pid);
  if (threads.empty()) {
    return fail(ErrorCode::NotFound, "process " + std::to_string(target_.pid) + " has ended");
  }
  for (const pid_t thread : threads) {
    const auto text = readProcFile(target_.pid, threadFile(thread, "syscall"));
    const Glimpse glimpse = parseGlimpse(text.value_or(""));
    const PointVerdict verdict = judge(glimpse, target_.code);
    if (verdict == PointVerdict::Busy) running.push_back(thread);
    if (verdict == PointVerdict::Blocked) lastWait_ = std::to_string(glimpse.call.number);
    if (verdict != PointVerdict::Safe) continue;
    const auto attempt = tryThread(thread, patience);
    if (!attempt || *attempt == Attempt::Launched) return attempt;
  }
  if (running.empty()) return Attempt::NotHere;
  return tryThread(running[random_() % running.size()], patience);
}

Result<Loader::Attempt> Loader::tryThread(pid_t thread, Patience patience) {
  const FirstInLine first;
  auto traced = TracedThread::seize(thread);
  if (!traced) {
    if (traced.error().code == ErrorCode::NotFound) return Attempt::NotHere;  // it has just ended
    const auto status = statusOf(target_.pid);
    return std::unexpected(status ? whyNoAccess(*status, EPERM) : status.error());
  }
  const Clock::time_point start = Clock::now();
  const TraceEvent event = traced->stop(start + 2s);
  if (event.kind == TraceEvent::Kind::GroupStopped) {
    return fail(
        ErrorCode::Unsupported, "process " + std::to_string(target_.pid) + " is stopped",
        "let it go on with `kill -CONT " + std::to_string(target_.pid) + "` and attach again");
  }
  if (event.kind != TraceEvent::Kind::Interrupted) return Attempt::NotHere;
  const auto attempt = tryStopped(*traced, patience);
  const std::int64_t pause = nsSince(start);
  ++outcome_.stops;
  if (attempt && *attempt == Attempt::Launched) {
    outcome_.thread = thread;
    outcome_.pauseNs = pause;
  } else {
    outcome_.probesNs += pause;
  }
  return attempt;
}

Result<Loader::Attempt> Loader::tryStopped(TracedThread& traced, Patience patience) {
  auto registers = traced.registers();
  if (!registers) return std::unexpected(registers.error());
  std::array<std::byte, kStackToScan> stack;
  const std::size_t count = memory_.readSome(architecture::stackPointer(*registers), stack);
  const StoppedThread stopped{*registers, std::span(stack).first(count)};
  const bool safe =
      judge(stopped, target_.code, target_.signalReturn, patience) == PointVerdict::Safe &&
      hasRoom(*registers, traced.thread());
  if (repeatsUnnoticed(architecture::systemCall(*registers)) && noSignalWaits(traced.thread())) {
    registers = architecture::repeatingCall(*registers);
  }
  if (!safe) {
    if (auto done = traced.setRegisters(*registers); !done) return std::unexpected(done.error());
    (void)traced.detach();
    return Attempt::NotHere;
  }
  if (auto fine = checkFilters(traced); !fine) {
    (void)traced.setRegisters(*registers);
    return std::unexpected(fine.error());
  }
  InjectedCalls calls(traced, target_, *registers);
  if (!calls.begin()) return Attempt::NotHere;  // no stack there after all: another thread may have
  const auto injected = launch_.inject(calls, traced, filtered_);
  const auto finished = calls.finish();
  if (!injected) return std::unexpected(injected.error());
  if (!finished) return std::unexpected(finished.error());
  return Attempt::Launched;
}

// A process may have forbidden itself, on pain of death, what we are about to make it do.
Result<void> Loader::checkFilters(const TracedThread& traced) {
  // Of this thread at this moment: filters are a thread's own, and it may just have set one.
  const auto status = statusOfThread(traced.thread());
  filtered_ = !status || status->seccompMode != 0;
  if (!filtered_) return {};
  const auto filters = traced.seccompFilters();
  if (!filters) {
    // If we live under as many filters, then most likely under the same ones, as in one container.
    const auto ours = statusOf(getpid());
    if (ours && status && ours->seccompFilters == status->seccompFilters) return {};
    return fail(
        ErrorCode::PermissionDenied,
        "process " + std::to_string(target_.pid) +
            " filters its system calls (seccomp), and whyalive may not see which would end it",
        "run whyalive as root, or start the program with `whyalive run`");
  }
  const auto deadly = deadlyCall(*filters);
  if (!deadly) return {};
  return fail(ErrorCode::Unsupported,
              "process " + std::to_string(target_.pid) +
                  " filters its system calls (seccomp): the call " + *deadly +
                  " would end it, and attaching needs that",
              "start the program with `whyalive run`, before it sets up its filter");
}

bool Loader::hasRoom(const Registers& registers, pid_t thread) const {
  const Address stack = architecture::stackPointer(registers);
  const Mapping* mapping = mappingAt(target_.mappings, stack);
  if (mapping != nullptr && mapping->path == "[heap]")
    return false;  // a coroutine's, of unknown size
  if (memory_.readable(stack - kStackNeeded, stack)) return true;
  // The first thread's stack grows on demand, up to a limit.
  rlimit limit{};
  if (thread != target_.pid || mapping == nullptr || mapping->path != "[stack]") return false;
  if (prlimit(target_.pid, RLIMIT_STACK, nullptr, &limit) != 0) return false;
  return limit.rlim_cur == RLIM_INFINITY ||
         mapping->end - stack + 2 * kStackNeeded < limit.rlim_cur;
}

std::optional<ProcessStatus> Loader::statusOfThread(pid_t thread) const {
  return parseStatus(readProcFile(target_.pid, threadFile(thread, "status")).value_or(""));
}

bool Loader::noSignalWaits(pid_t thread) const {
  const auto status = statusOfThread(thread);
  return status && (status->pending & ~status->blocked) == 0;
}

Result<void> Loader::conclude(const LaunchBlock& block) {
  const std::string& text = outcome_.text =
      std::string(block.text, strnlen(block.text, sizeof block.text));
  outcome_.entryResult = block.entryResult;
  outcome_.gilWaitNs = block.takenNs - block.askedNs;
  outcome_.gilHeldNs = block.releasedNs - block.takenNs;
  outcome_.wasLoaded = block.call.entry != nullptr;
  if (LaunchState{block.state} == LaunchState::Started) return {};
  if (LaunchState{block.state} == LaunchState::NotInitialised) {
    return fail(
        ErrorCode::Unsupported,
        "process " + std::to_string(target_.pid) + " has no running interpreter at this moment",
        "it is starting or ending: try again");
  }
  return fail(ErrorCode::Unsupported, "the process could not load the library: " +
                                          (text.empty() ? "no reason was given" : text));
}

Error Loader::noSafePoint() const {
  const std::string seen =
      lastWait_.empty() ? "" : " (seen waiting in system call " + lastWait_ + ")";
  return {ErrorCode::Unsupported,
          "no thread of process " + std::to_string(target_.pid) +
              " came to a point where it could safely be interrupted within " +
              std::to_string(request_.findPoint.count() / 1000) + " s" + seen,
          "try again when it does something else; nothing was changed in it"};
}

}  // namespace

Result<LoadOutcome> loadLibrary(const Target& target, const LoadRequest& request,
                                const RunControl& control) {
  return Loader(target, request, control).run();
}

}  // namespace whyalive::attach
