#include "server/attach/launch.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <thread>

namespace whyalive::attach {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int kInternalDlopenMode = static_cast<int>(0x80000000);  // __RTLD_DLOPEN

bool refused(long result) { return result < 0 && result > -4096; }
Address codePage(Address pages) { return pages; }
Address dataPage(Address pages) { return pages + kPageSize; }

}  // namespace

std::vector<pid_t> threadsOf(pid_t pid) {
  std::vector<pid_t> threads;
  std::error_code error;
  std::filesystem::directory_iterator tasks("/proc/" + std::to_string(pid) + "/task", error), end;
  for (; !error && tasks != end; tasks.increment(error)) {
    const std::string name = tasks->path().filename();
    pid_t thread = 0;
    std::from_chars(name.data(), name.data() + name.size(), thread);
    if (thread > 0) threads.push_back(thread);
  }
  return threads;
}

Result<void> Launch::inject(InjectedCalls& calls, TracedThread& traced, bool filtered) {
  if (auto done = mapPages(calls, filtered); !done) return done;
  if (auto done = fillPages(traced); !done) return done;
  const auto progress = [&] {
    const auto step =
        readValue<LaunchStep>(memory_.reader(), dataPage(pages_) + offsetof(LaunchBlock, step));
    if (!step || *step == LaunchStep::Running) return InjectedCalls::Progress::Running;
    return *step == LaunchStep::Waiting ? InjectedCalls::Progress::Waiting
                                        : InjectedCalls::Progress::Returned;
  };
  const std::uint64_t argument[] = {dataPage(pages_)};
  auto launched = calls.function(codePage(pages_) + launchCode().launchAt, argument, progress);
  if (!launched) return launched;  // half-way: better two pages left behind than a wrong unmapping
  const auto result =
      readValue<int>(memory_.reader(), dataPage(pages_) + offsetof(LaunchBlock, createResult));
  if (result && *result == 0) return {};
  const std::uint64_t unmap[] = {pages_, 2 * kPageSize};
  (void)calls.systemCall(SYS_munmap, unmap);
  return fail(ErrorCode::ResourceExhausted,
              "process " + std::to_string(target_.pid) + " could not start a thread (" +
                  std::strerror(result.value_or(EAGAIN)) + ")",
              "look at its limits on memory, threads and system calls");
}

// At once if the process may have memory that is both writable and executable. Else first
// executable, then the second page writable: sandboxes that forbid the former forbid the opposite
// order as well.
Result<void> Launch::mapPages(InjectedCalls& calls, bool filtered) {
  const auto map = [&](int protection) {
    const std::uint64_t arguments[] = {0,
                                       2 * kPageSize,
                                       static_cast<std::uint64_t>(protection),
                                       MAP_PRIVATE | MAP_ANONYMOUS,
                                       static_cast<std::uint64_t>(-1),
                                       0};
    return calls.systemCall(SYS_mmap, arguments);
  };
  Result<long> pages = -1;
  if (!filtered) pages = map(PROT_READ | PROT_WRITE | PROT_EXEC);
  const bool apart = pages && refused(*pages);
  if (apart) pages = map(PROT_READ | PROT_EXEC);
  if (!pages) return std::unexpected(pages.error());
  pages_ = static_cast<Address>(*pages);
  Result<long> writable = 0;
  if (apart && !refused(*pages)) {
    const std::uint64_t protect[] = {dataPage(pages_), kPageSize, PROT_READ | PROT_WRITE};
    writable = calls.systemCall(SYS_mprotect, protect);
    if (!writable) return std::unexpected(writable.error());
  }
  const long result = refused(*pages) ? *pages : *writable;
  if (!refused(result)) return {};
  return fail(ErrorCode::PermissionDenied,
              "process " + std::to_string(target_.pid) + " may not map executable memory (" +
                  std::strerror(static_cast<int>(-result)) + ")",
              "start the program with `whyalive run`");
}

Result<void> Launch::fillPages(TracedThread& traced) {
  const LaunchCode code = launchCode();
  if (!memory_.write(codePage(pages_), code.bytes)) {  // not writable
    if (auto done = traced.poke(codePage(pages_), code.bytes); !done) return done;
  }
  block_.call = target_.functions;
  block_.threadMain = reinterpret_cast<void* (*)(void*)>(codePage(pages_) + code.threadMainAt);
  block_.pages = reinterpret_cast<void*>(pages_);
  block_.pagesSize = 2 * kPageSize;
  block_.openMode = RTLD_NOW | (target_.oldLoader ? kInternalDlopenMode : 0);
  block_.state = static_cast<std::uint32_t>(LaunchState::Prepared);
  request_.path.copy(block_.path, sizeof block_.path - 1);
  request_.argument.copy(block_.argument, sizeof block_.argument - 1);
  request_.entryName.copy(block_.entryName, sizeof block_.entryName - 1);
  return memory_.write(dataPage(pages_), std::as_bytes(std::span(&block_, 1)));
}

// The block has the thread's number as the process's own pid namespace counts.
bool Launch::threadLives(long thread) const {
  for (const pid_t ours : threadsOf(target_.pid)) {
    const auto text = readProcFile(target_.pid, "task/" + std::to_string(ours) + "/status");
    const auto status = parseStatus(text.value_or(""));
    if (status && status->ownThread == thread) return true;
  }
  return false;
}

void Launch::set(std::size_t offset) const {
  const std::uint32_t one = 1;
  (void)memory_.write(dataPage(pages_) + offset, std::as_bytes(std::span(&one, 1)));
}

// The thread is gone without an outcome: the interpreter ends threads that ask for it too late.
Error Launch::vanished() const {
  const bool processLives = readValue<char>(memory_.reader(), dataPage(pages_)).has_value();
  return {ErrorCode::Disconnected,
          "process " + std::to_string(target_.pid) +
              (processLives ? " was shutting down its interpreter meanwhile"
                            : " ended while it was being attached to"),
          ""};
}

Error Launch::gaveUp(bool cancelled) const {
  if (cancelled) {
    return {ErrorCode::Cancelled, "attaching was cancelled; the process goes on", ""};
  }
  return {ErrorCode::Unsupported,
          "process " + std::to_string(target_.pid) + " did not let go of its interpreter for " +
              std::to_string(request_.load.count() / 1000) + " s",
          "a library may be computing without releasing the GIL: try again when it is done"};
}

Result<LaunchBlock> Launch::watch(const RunControl& control) {
  const Clock::time_point start = Clock::now();
  Clock::time_point nextLook = start;  // at the thread itself, which costs more
  for (std::chrono::microseconds nap = 50us;; nap = std::min(nap * 2, 2000us)) {
    const auto block = readValue<LaunchBlock>(memory_.reader(), dataPage(pages_));
    if (!block) return std::unexpected(vanished());
    if (isFinal(LaunchState{block->state})) {
      set(offsetof(LaunchBlock, acknowledged));
      return *block;
    }
    const Clock::time_point now = Clock::now();
    if (block->threadId != 0 && now > nextLook) {
      if (!threadLives(block->threadId)) return std::unexpected(vanished());
      nextLook = now + 50ms;
    }
    const double fraction = std::chrono::duration<double>(now - start) / request_.load;
    const bool goOn = control.keepGoing("waiting for the interpreter", std::min(fraction, 1.0));
    if (!goOn || fraction > 1) {
      set(offsetof(LaunchBlock, cancel));
      set(offsetof(LaunchBlock, acknowledged));
      return std::unexpected(gaveUp(!goOn));
    }
    std::this_thread::sleep_for(nap);
  }
}

}  // namespace whyalive::attach
