// whyalive diff: what changed over two or more snapshots, or while a process does something.
#include <poll.h>

#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/cli/diff_output.h"
#include "server/cli/interrupt.h"
#include "server/cli/target.h"
#include "server/cli/text.h"
#include "server/heap/analysis.h"
#include "server/session/spawn.h"

namespace whyalive::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kTick = 100ms;

struct Options {
  std::vector<std::string> targets;
  double seconds = 0;
  std::string command;
  std::size_t repeat = 1;
  std::size_t rows = 10;
  bool json = false;
};

std::unexpected<Error> interruptedError() { return fail(ErrorCode::Cancelled, "interrupted"); }

std::string runName(std::string name, std::size_t number, std::size_t of) {
  return of == 1 ? name : name + ", " + std::to_string(number) + " of " + std::to_string(of);
}

Result<void> sleepFor(double seconds, const std::string& step, Console& console) {
  const RunControl control = console.progress();
  const auto start = std::chrono::steady_clock::now();
  for (std::chrono::duration<double> past{}; past.count() < seconds;
       past = std::chrono::steady_clock::now() - start) {
    if (!control.keepGoing(step, past.count() / seconds)) return interruptedError();
    std::this_thread::sleep_for(std::min<std::chrono::duration<double>>(
        kTick, std::chrono::duration<double>(seconds) - past));
  }
  console.clearProgress();
  return {};
}

// Runs the command by the shell until it ends. Its output goes to stderr, where a bar would be in
// its way.
Result<void> runCommand(const std::string& command, const std::string& step, Console& console) {
  console.note(step);
  auto program = session::spawnProgram({{"/bin/sh", "-c", command}, "", {}});
  if (!program) return std::unexpected(std::move(program.error()));
  pollfd ended{program->ended.number(), POLLIN, 0};
  while (poll(&ended, 1, static_cast<int>(kTick.count())) != 1) {
    if (!interrupted()) continue;
    kill(-program->pid, SIGTERM);
    return interruptedError();
  }
  const std::string outcome = session::reap(program->pid);
  if (outcome != "exit code 0") console.note("Note: the command ended with " + outcome + ".");
  return {};
}

// Snapshots of the process before, and after each time that it was busy.
Result<std::vector<Target>> watched(const Options& options, Console& console) {
  if (options.targets.size() != 1 || !isPid(options.targets.front())) {
    return fail(ErrorCode::InvalidArgument, "--during and --run look at one process",
                "name it by its pid alone");
  }
  std::vector<Target> targets;
  for (std::size_t i = 0; i <= options.repeat; ++i) {
    if (i > 0) {
      const bool waits = options.command.empty();
      const std::string step =
          runName(waits ? "letting it run" : "Running the command", i, options.repeat);
      const Result<void> busy = waits ? sleepFor(options.seconds, step, console)
                                      : runCommand(options.command, step, console);
      if (!busy) return std::unexpected(busy.error());
    }
    auto target = loadTarget(options.targets.front(), console);
    if (!target) return std::unexpected(std::move(target.error()));
    target->name = i == 0 ? "before" : options.repeat == 1 ? "after" : "after " + std::to_string(i);
    targets.push_back(*std::move(target));
  }
  return targets;
}

// The last one as it was given, the others by their time.
Result<std::vector<Target>> given(const Options& options, Console& console) {
  if (options.targets.size() < 2) {
    return fail(ErrorCode::InvalidArgument, "there is nothing to compare with",
                "name an earlier snapshot file first, or see --during and --run");
  }
  auto targets = loadBases({options.targets.begin(), options.targets.end() - 1}, console);
  if (!targets) return targets;
  auto last = loadTarget(options.targets.back(), console);
  if (!last) return std::unexpected(std::move(last.error()));
  noteUnrelated(*last, *targets, console);
  targets->push_back(*std::move(last));
  return targets;
}

Result<int> run(const Options& options, Console& console) {
  watchForInterrupt();
  const bool watching = options.seconds > 0 || !options.command.empty();
  const auto targets = watching ? watched(options, console) : given(options, console);
  if (!targets) return std::unexpected(targets.error());
  std::vector<std::string> names;
  std::vector<const heap::Analysis*> snapshots;
  for (const Target& target : *targets) {
    names.push_back(target.name);
    snapshots.push_back(target.analysis.get());
  }
  const auto changes = changesBetween(std::move(names), std::move(snapshots), console.progress());
  console.clearProgress();
  if (!changes) return std::unexpected(changes.error());
  if (options.json) {
    printJson(console, changesJson(*changes, options.rows));
    return 0;
  }
  printChanges(*changes, options.rows, console);
  if (!watching && !changes->holders.rows.empty()) {
    console.printLine("Which lines fill them: whyalive suspects " +
                      printable(options.targets.back()) + " --since " +
                      printable(options.targets.front()));
  }
  return 0;
}

}  // namespace

Action declareDiff(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("TARGETS", options->targets,
                 "Snapshot files, the last may be a process (pid); with --during or --run one pid")
      ->required();
  auto* during = app.add_option("--during", options->seconds,
                                "Compare the process with itself after so many seconds");
  during->check(CLI::PositiveNumber);
  app.add_option("--run", options->command,
                 "Run this command (by sh) and compare the process before and after: what did the "
                 "request leave behind?")
      ->excludes(during);
  app.add_option("--repeat", options->repeat,
                 "So often, with a snapshot after each time: what each request leaves behind")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  app.add_option("-n", options->rows, "Rows to print of each table")->capture_default_str();
  app.add_flag("--json", options->json, "Print JSON (docs/cli.md)");
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
