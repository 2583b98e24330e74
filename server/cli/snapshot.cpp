// whyalive snapshot: a picture of a running process's heap, kept in a file.
#include <CLI/App.hpp>
#include <cstdlib>
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
  std::uint32_t keepMinutes = 0;
  bool json = false;
};

double milliseconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e6; }

// Of the copy that stayed: "/run/…/4712.twin".
int copyPid(const net::TakenSnapshot& taken) {
  return std::atoi(taken.copySocket.c_str() + taken.copySocket.rfind('/') + 1);
}

void printJsonReport(const net::TakenSnapshot& taken, const std::string& file, std::uint64_t bytes,
                     Console& console) {
  const net::SnapshotStatistics& statistics = taken.statistics;
  const bool twin = statistics.mode == net::SnapshotMode::Twin;
  nlohmann::json report{{"file", file},
                        {"bytes", bytes},
                        {"pid", taken.agent.pid},
                        {"python", taken.agent.python},
                        {"objects", statistics.objectCount},
                        {"references", statistics.edgeCount},
                        {"mode", twin ? "twin" : "in-process"},
                        {"stoppedMs", milliseconds(statistics.stoppedNs)},
                        {"waitedMs", milliseconds(statistics.waitedNs)},
                        {"walkMs", milliseconds(statistics.walkNs)}};
  if (!taken.copySocket.empty()) report["copy"] = copyPid(taken);
  printJson(console, report);
}

Result<int> run(const Options& options, Console& console) {
  const auto pid = parsePid(options.process);
  if (!pid) return std::unexpected(pid.error());
  net::SnapshotOptions how;
  how.mode = options.inProcess ? net::SnapshotMode::InProcess : net::SnapshotMode::Twin;
  if (options.keepMinutes > 0) {
    how.keep = net::KeepOptions{options.keepMinutes * 60};
    how.keep->endsWithClients = false;
  }
  const auto taken = takeSnapshotOf(*pid, how, console);
  if (!taken) return std::unexpected(taken.error());
  const auto bytes = session::saveSnapshot(taken->bytes.view(), options.file, console.progress());
  if (!bytes) return std::unexpected(bytes.error());
  if (how.keep && taken->copySocket.empty()) {
    console.note("No frozen copy stays: " + printable(taken->copyNote));
  }
  if (options.json) {
    printJsonReport(*taken, options.file, *bytes, console);
    return 0;
  }
  const net::SnapshotStatistics& statistics = taken->statistics;
  console.printLine(printable(options.file) + ": " +
                    counted(statistics.objectCount, "object", "objects") + ", " +
                    formatBytes(*bytes) + " on disk; process " + options.process +
                    " stood still for " + formatDuration(statistics.stoppedNs) + ".");
  if (!taken->copySocket.empty()) {
    console.printLine("Its frozen copy stays: whyalive console " + printable(options.file));
  }
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
  app.add_option("--keep", options->keepMinutes,
                 "Keep the frozen copy for whyalive console until it was idle for so many minutes");
  app.add_flag("--json", options->json, "Print JSON (docs/cli.md)");
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
