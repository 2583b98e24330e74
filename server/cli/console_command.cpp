// whyalive console: Python inside a frozen copy of a process.
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "protocol/agent/runtime_folder.h"
#include "protocol/snapshot/meta_keys.h"
#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/cli/copy_console.h"
#include "server/cli/live_console.h"
#include "server/cli/target.h"
#include "server/heap/snapshot_reader.h"
#include "server/session/snapshot_file.h"

namespace whyalive::cli {
namespace {

// A person thinks for longer than an editor.
constexpr std::uint32_t kIdleSeconds = 3600;

struct Options {
  std::string target;
  std::string code;
  std::int64_t object = -1;
  double timeout = 0;
  std::uint64_t memoryMiB = 512;
  bool plain = false;
  bool live = false;
  bool yes = false;
  bool ipython = false;
  bool json = false;
};

// Where a copy is, and what it was taken with.
struct Opened {
  std::string socket;
  std::unique_ptr<net::TwinConnection> twin;
  net::SnapshotBytes snapshot;
};

Result<Opened> join(std::string socket) {
  auto twin = net::TwinConnection::open(socket);
  if (!twin) return std::unexpected(twin.error());
  auto snapshot = (*twin)->takeSnapshot();
  if (!snapshot) return std::unexpected(snapshot.error());
  return Opened{std::move(socket), std::move(*twin), std::move(*snapshot)};
}

Result<Opened> copyProcess(int pid, Console& console) {
  // The number of a copy itself, as `whyalive ps` and editors tell it.
  const std::string socket = agent::twinSocketPath(agent::runtimeFolder(), pid);
  if (access(socket.c_str(), F_OK) == 0) return join(socket);
  net::SnapshotOptions how;
  how.keep = net::KeepOptions{kIdleSeconds};
  auto taken = takeSnapshotOf(pid, how, console);
  if (!taken) return std::unexpected(taken.error());
  if (taken->copySocket.empty()) {
    return fail(ErrorCode::ResourceExhausted,
                "no frozen copy of process " + std::to_string(pid) + " stays: " + taken->copyNote,
                "`whyalive ps` lists the copies that there are");
  }
  auto twin = net::TwinConnection::open(taken->copySocket);
  if (!twin) return std::unexpected(twin.error());
  return Opened{std::move(taken->copySocket), std::move(*twin), std::move(taken->bytes)};
}

// Numbers of processes are used again: it must be the copy of that very snapshot.
bool isOf(const Opened& copy, const heap::Snapshot& snapshot) {
  const auto theirs = heap::readSnapshot(copy.snapshot.view());
  return theirs && theirs->meta == snapshot.meta;
}

Result<Opened> copyOfFile(const std::string& file, Console& console) {
  auto bytes = session::loadSnapshot(file, console.progress());
  console.clearProgress();
  if (!bytes) return std::unexpected(bytes.error());
  const auto snapshot = heap::readSnapshot(bytes->view());
  if (!snapshot) return std::unexpected(snapshot.error());
  for (const auto& [key, value] : snapshot->meta) {
    if (key != snapshot::meta::kTwinPid) continue;
    auto joined = join(agent::runtimeFolder() + "/" + value + ".twin");
    if (joined && isOf(*joined, *snapshot)) return joined;
    return fail(
        ErrorCode::NotFound, "the frozen copy of " + file + " has ended",
        "open a console on the process itself, or keep a copy longer: whyalive snapshot PID "
        "-o FILE --keep 30");
  }
  return fail(ErrorCode::NotFound, "no frozen copy was kept with " + file,
              "keep one: whyalive snapshot PID -o FILE --keep 30");
}

Result<Opened> openCopy(const std::string& target, Console& console) {
  if (!isPid(target)) return copyOfFile(target, console);
  const auto pid = parsePid(target);
  if (!pid) return std::unexpected(pid.error());
  return copyProcess(*pid, console);
}

std::string historyFile() {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  if (state != nullptr && *state != '\0') return std::string(state) + "/whyalive/console_history";
  if (home == nullptr || *home == '\0') return {};
  return std::string(home) + "/.local/state/whyalive/console_history";
}

std::string readAll(int descriptor) {
  std::string text;
  char piece[4096];
  for (ssize_t n; (n = read(descriptor, piece, sizeof piece)) > 0;) {
    text.append(piece, static_cast<std::size_t>(n));
  }
  return text;
}

constexpr double kLiveSeconds = 5;

Result<int> runInProcess(const Options& options, Console& console) {
  const auto pid = parsePid(options.target);
  if (!pid) return std::unexpected(pid.error());
  LiveConsoleOptions how;
  how.timeout = options.timeout > 0 ? options.timeout : kLiveSeconds;
  how.confirmed = options.yes;
  how.json = options.json;
  how.historyFile = historyFile();
  const bool typed = options.code.empty() && isatty(STDIN_FILENO) == 1 && !options.json;
  if (typed) return converseLive(console, *pid, how);
  return runLive(console, *pid, options.code.empty() ? readAll(STDIN_FILENO) : options.code, how);
}

Result<int> run(const Options& options, Console& console) {
  if (options.live) return runInProcess(options, console);
  auto opened = openCopy(options.target, console);
  if (!opened) return std::unexpected(opened.error());
  CopyConsoleOptions how;
  how.shell = options.plain     ? CopyConsoleOptions::Shell::Plain
              : options.ipython ? CopyConsoleOptions::Shell::IPython
                                : CopyConsoleOptions::Shell::Best;
  if (options.object >= 0) how.object = static_cast<std::uint32_t>(options.object);
  how.timeout = options.timeout;
  how.memoryBytes = options.memoryMiB << 20;
  how.historyFile = historyFile();
  CopyConsole inside(console, std::move(opened->twin), std::move(opened->socket),
                     std::move(opened->snapshot), std::move(how));
  const bool typed = options.code.empty() && isatty(STDIN_FILENO) == 1 && !options.json;
  if (typed) return inside.converse();
  const std::string source = options.code.empty() ? readAll(STDIN_FILENO) : options.code;
  return options.json ? inside.runForJson(source) : inside.run(source);
}

}  // namespace

Action declareConsole(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("TARGET", options->target,
                 "Process (pid), frozen copy (its pid), or snapshot file whose copy still lives")
      ->required();
  app.add_option("-c", options->code, "Code to run instead of what is typed or piped in");
  app.add_option("--object", options->object, "Object (id in the snapshot) that _ stands for")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--timeout", options->timeout, "Seconds that one input may take; 0 = any")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_option("--memory", options->memoryMiB, "MiB that inputs may allocate")
      ->check(CLI::Range(std::uint64_t{64}, std::uint64_t{1} << 20))
      ->capture_default_str();
  auto* plain = app.add_flag("--plain", options->plain, "Python's own prompt, not IPython's");
  app.add_flag("--ipython", options->ipython, "IPython's prompt, or an error")->excludes(plain);
  auto* live =
      app.add_flag("--live", options->live,
                   "In the process itself, not in a copy, for changing it: asks for a yes, "
                   "limits each input to --timeout (5 s), and the agent logs it");
  app.add_flag("--yes", options->yes, "The yes that --live asks for")->needs(live);
  app.add_flag("--json", options->json, "Print JSON (docs/cli.md)");
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
