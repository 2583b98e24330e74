#include "agent/service/live_runner.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "agent/service/own_thread.h"

namespace whyalive::agent {
namespace {

constexpr long kTick = 20'000'000;  // ns
constexpr std::uint64_t kRaiseAgainMs = 500;
constexpr std::uint64_t kMostBetweenMs = 10'000;

std::uint64_t nowMs() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1000 +
         static_cast<std::uint64_t>(t.tv_nsec) / 1'000'000;
}

// The wakeup of a service that may have ended meanwhile: each run has a descriptor of its own.
struct Wake {
  int fd;
  explicit Wake(int original) : fd(fcntl(original, F_DUPFD_CLOEXEC, 0)) {}
  Wake(const Wake&) = delete;
  ~Wake() {
    if (fd >= 0) close(fd);
  }
};

}  // namespace

// Shared by both threads and the service; whoever goes last frees it.
struct LiveRunner::Run {
  Run(const InterpreterPort& interpreter, int wakeup, wire::ExecuteParams wanted)
      : port(interpreter), wake(wakeup), params(std::move(wanted)) {}
  InterpreterPort port;
  Wake wake;
  wire::ExecuteParams params;
  wire::ExecuteResult result;
  std::atomic<std::uint64_t> thread{0};  // as Python names it; 0: not running
  std::atomic<bool> ended{false};
};

Result<void> LiveRunner::start(const wire::ExecuteParams& params) {
  auto run = std::make_shared<Run>(port_, wake_, params);
  for (auto* body : {&LiveRunner::execute, &LiveRunner::limit}) {
    auto* mine = new std::shared_ptr<Run>(run);
    pthread_t thread;
    if (startOwnThread(thread, body, mine, kPythonStack) != 0) {
      delete mine;
      run->ended.store(true);
      return fail(ErrorCode::ResourceExhausted, "the process can start no more threads");
    }
    // Nobody waits for them: code that hangs must not keep the process from ending.
    pthread_detach(thread);
  }
  run_ = std::move(run);
  return {};
}

void* LiveRunner::execute(void* argument) {
  const std::unique_ptr<std::shared_ptr<Run>> owner(static_cast<std::shared_ptr<Run>*>(argument));
  Run& run = **owner;
  pthread_setname_np(pthread_self(), "whyalive-live");
  const std::uint64_t asked = nowMs();
  if (run.port.enter()) {
    run.thread.store(static_cast<std::uint64_t>(pthread_self()));
    run.result = run.port.execute(run.params);
    run.thread.store(0);
    run.port.leave();
  } else {
    run.result.error.value = wire::ExecuteError{"", "the process is ending", ""};
  }
  run.result.elapsedMs = static_cast<double>(nowMs() - asked);
  run.ended.store(true);
  eventfd_write(run.wake.fd, 1);
  return nullptr;
}

void* LiveRunner::limit(void* argument) {
  const std::unique_ptr<std::shared_ptr<Run>> owner(static_cast<std::shared_ptr<Run>*>(argument));
  Run& run = **owner;
  pthread_setname_np(pthread_self(), "whyalive-limit");
  const timespec tick{0, kTick};
  std::uint64_t next = nowMs() + run.params.milliseconds;
  // Again and again: the code may not have begun yet, and what is raised inside a destructor or a
  // callback is lost.
  for (std::uint64_t pause = kRaiseAgainMs;; pause = std::min(pause * 2, kMostBetweenMs)) {
    while (!run.ended.load() && nowMs() < next) nanosleep(&tick, nullptr);
    if (run.ended.load() || !run.port.enter()) return nullptr;
    if (const std::uint64_t thread = run.thread.load()) run.port.interrupt(thread);
    run.port.leave();
    next = nowMs() + pause;
  }
}

std::optional<wire::ExecuteResult> LiveRunner::take() {
  if (!run_ || !run_->ended.load()) return std::nullopt;
  wire::ExecuteResult result = std::move(run_->result);
  run_.reset();
  return result;
}

Result<void> logLiveUse(const std::string& folder, pid_t client, const std::string& source) {
  const std::string path = folder + "/live.log";
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  std::tm utc{};
  gmtime_r(&now.tv_sec, &utc);
  char when[32];
  std::strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
  std::string line = std::string(when) + " process " + std::to_string(getpid()) + " client " +
                     std::to_string(client) + " user " + std::to_string(geteuid()) + ": ";
  for (const char c : source) line += c == '\n' ? std::string("\\n") : std::string(1, c);
  line += '\n';
  const bool fine =
      file >= 0 && write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  const int reason = errno;
  if (file >= 0) close(file);
  if (fine) return {};
  return fail(ErrorCode::PermissionDenied,
              "the use cannot be logged in " + path + ": " + std::strerror(reason),
              "nothing was run");
}

}  // namespace whyalive::agent
