#include "server/pictures/helper_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

namespace whyalive::pictures {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kTick{20};         // between two looks at the control
constexpr std::size_t kComplaint = 2000;  // bytes kept of what it says on stderr

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }
  bool isOpen() const { return fd_ >= 0; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

// A socket pair for each stream: unlike a pipe's, its writer can be told not to raise SIGPIPE.
struct Stream {
  Descriptor ours, theirs;

  static std::optional<Stream> open() {
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return std::nullopt;
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
    return Stream{Descriptor(pair[0]), Descriptor(pair[1])};
  }
};

// The helper gets what finding fonts and plugins needs of our environment, and nothing else.
std::vector<std::string> helperEnvironment() {
  std::vector<std::string> all = {"LC_ALL=C.UTF-8"};
  for (const char* name : {"PATH", "HOME", "XDG_CACHE_HOME", "GVBINDIR", "FONTCONFIG_PATH",
                           "FONTCONFIG_FILE", "LD_LIBRARY_PATH", "ASAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) all.push_back(std::string(name) + "=" + value);
  }
  return all;
}

std::vector<char*> pointersTo(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

class Helper {
 public:
  Helper(std::string_view input, const HelperLimits& limits, const RunControl& control)
      : input_(input),
        limits_(limits),
        control_(control),
        deadline_(steady_clock::now() + limits.timeout) {}

  // Nothing outlives the call: whatever is left of the process is killed and waited for.
  ~Helper() {
    if (pid_ <= 0) return;
    kill(-pid_, SIGKILL);  // its group, which is its own
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
  }
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;

  Result<void> start(std::vector<std::string> command) {
    auto in = Stream::open(), out = Stream::open(), err = Stream::open();
    if (!in || !out || !err)
      return fail(ErrorCode::ResourceExhausted, "there are no descriptors left");
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&actions, in->theirs.get(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out->theirs.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err->theirs.get(), STDERR_FILENO);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);  // a Ctrl-C is for us
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    std::vector<std::string> environment = helperEnvironment();
    const int problem = posix_spawn(&pid_, command.front().c_str(), &actions, &attributes,
                                    pointersTo(command).data(), pointersTo(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (problem != 0) {
      pid_ = 0;
      return fail(ErrorCode::Internal,
                  "cannot start " + command.front() + ": " + std::strerror(problem));
    }
    in_ = std::move(in->ours);
    out_ = std::move(out->ours);
    err_ = std::move(err->ours);
    return {};
  }

  Result<std::string> talk() {
    while (out_.isOpen() || err_.isOpen()) {
      if (steady_clock::now() >= deadline_) return timedOut();
      if (!control_.keepGoing("making the picture", 0)) {
        return fail(ErrorCode::Cancelled, "making the picture was cancelled");
      }
      pollOnce();
      if (output_.size() > limits_.outputBytes) {
        return fail(
            ErrorCode::ResourceExhausted,
            "the picture is larger than " + std::to_string(limits_.outputBytes >> 20) + " MiB",
            "draw less of the heap: a smaller depth or fan-out");
      }
    }
    return finish();
  }

 private:
  std::unexpected<Error> timedOut() const {
    return fail(ErrorCode::ResourceExhausted,
                "Graphviz took longer than " + std::to_string(limits_.timeout.count()) + " ms",
                "draw less of the heap: a smaller depth or fan-out");
  }

  void pollOnce() {
    pollfd waiting[] = {{in_.get(), POLLOUT, 0}, {out_.get(), POLLIN, 0}, {err_.get(), POLLIN, 0}};
    if (poll(waiting, 3, static_cast<int>(kTick.count())) <= 0) return;
    if (waiting[0].revents != 0) send();
    if (waiting[1].revents != 0) receive(out_, output_, limits_.outputBytes + 1);
    if (waiting[2].revents != 0) receive(err_, complaint_, kComplaint);
  }

  void send() {
    const ssize_t put = ::send(in_.get(), input_.data(), input_.size(), MSG_NOSIGNAL);
    if (put < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (put > 0) input_.remove_prefix(static_cast<std::size_t>(put));
    if (put < 0 || input_.empty()) in_.close();
  }

  static void receive(Descriptor& from, std::string& into, std::size_t limit) {
    char buffer[65536];
    const ssize_t got = read(from.get(), buffer, sizeof buffer);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return from.close();
    into.append(buffer,
                std::min(static_cast<std::size_t>(got), limit - std::min(limit, into.size())));
  }

  // Its streams are closed, so it is about to end; a helper that is not has until the deadline.
  Result<std::string> finish() {
    int status = 0;
    pid_t ended = 0;
    const Descriptor handle(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
    while ((ended = waitpid(pid_, &status, WNOHANG)) == 0 || (ended < 0 && errno == EINTR)) {
      if (steady_clock::now() >= deadline_) return timedOut();
      pollfd waiting{handle.get(), POLLIN, 0};
      poll(&waiting, 1, static_cast<int>(kTick.count()));
    }
    pid_ = 0;
    if (ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::move(output_);
    const std::string how =
        WIFSIGNALED(status) ? "was ended by signal " + std::to_string(WTERMSIG(status)) : "failed";
    const std::string said = complaint_.substr(0, complaint_.find('\n'));
    return fail(ErrorCode::Internal, "Graphviz " + how + (said.empty() ? "" : ": " + said),
                "draw less of the heap, or export the DOT text");
  }

  std::string_view input_;
  const HelperLimits& limits_;
  const RunControl& control_;
  steady_clock::time_point deadline_;
  pid_t pid_ = 0;
  Descriptor in_, out_, err_;
  std::string output_, complaint_;
};

}  // namespace

Result<std::string> runHelper(const std::vector<std::string>& command, std::string_view input,
                              const HelperLimits& limits, const RunControl& control) {
  Helper helper(input, limits, control);
  if (auto started = helper.start(command); !started) return std::unexpected(started.error());
  return helper.talk();
}

}  // namespace whyalive::pictures
