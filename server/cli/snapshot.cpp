// whyalive snapshot: a picture of a running process's heap, kept in a file.
#include <CLI/App.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/cli/target.h"
#include "server/cli/text.h"
#include "server/session/snapshot_file.h"

namespace whyalive::cli {
namespace {

struct Options {
  std::string process;
  std::string file;
  bool inProcess = false;
  bool json = false;
};

double milliseconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e6; }

void printJsonReport(const net::TakenSnapshot& taken, const std::string& file, std::uint64_t bytes,
                     Console& console) {
  const net::SnapshotStatistics& statistics = taken.statistics;
  const bool twin = statistics.mode == net::SnapshotMode::Twin;
  printJson(console, {{"file", file},
                      {"bytes", bytes},
                      {"pid", taken.agent.pid},
                      {"python", taken.agent.python},
                      {"objects", statistics.objectCount},
                      {"references", statistics.edgeCount},
                      {"mode", twin ? "twin" : "in-process"},
                      {"stoppedMs", milliseconds(statistics.stoppedNs)},
                      {"waitedMs", milliseconds(statistics.waitedNs)},
                      {"walkMs", milliseconds(statistics.walkNs)}});
}

Result<int> run(const Options& options, Console& console) {
  const auto pid = parsePid(options.process);
  if (!pid) return std::unexpected(pid.error());
  net::SnapshotOptions how;
  how.mode = options.inProcess ? net::SnapshotMode::InProcess : net::SnapshotMode::Twin;
  const auto taken = takeSnapshotOf(*pid, how, console);
  if (!taken) return std::unexpected(taken.error());
  const auto bytes = session::saveSnapshot(taken->bytes.view(), options.file, console.progress());
  if (!bytes) return std::unexpected(bytes.error());
  if (options.json) {
    printJsonReport(*taken, options.file, *bytes, console);
    return 0;
  }
  const net::SnapshotStatistics& statistics = taken->statistics;
  console.printLine(printable(options.file) + ": " +
                    counted(statistics.objectCount, "object", "objects") + ", " +
                    formatBytes(*bytes) + " on disk; process " + options.process +
                    " stood still for " + formatDuration(statistics.stoppedNs) + ".");
  return 0;
}

}  // namespace

Action declareSnapshot(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("PID", options->process, "Process")->required();
  app.add_option("-o,--output", options->file, "File to write (it holds what the heap holds)")
      ->required();
  app.add_flag("--in-process", options->inProcess,
               "Walk in the process itself, which stands still meanwhile: for when no copy can be "
               "made");
  app.add_flag("--json", options->json, "Print JSON (docs/cli.md)");
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
