// whyalive cycles: reference cycles, garbage that waits for the collector apart from live ones.
#include <CLI/App.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "protocol/json/convert.h"
#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/cli/target.h"
#include "server/cli/text.h"
#include "server/features/cycles_report.h"
#include "server/heap/cycles_report.h"

namespace whyalive::cli {
namespace {

struct Options {
  std::string target;
  std::size_t rows = 10;
  bool garbage = false;
  bool live = false;
  bool json = false;
};

std::string totals(const api::CyclesTotal& total) {
  return counted(total.cycles, "cycle", "cycles") + " of " +
         counted(total.objects, "object", "objects") + ", " + formatBytes(total.retained);
}

std::string collectorLine(const api::CollectorState& collector) {
  if (collector.runs) return "The collector takes it when it runs next.";
  if (collector.enabled && !*collector.enabled) {
    return "The collector is switched off (gc.disable()): nothing takes it.";
  }
  return "The collector's first threshold is 0: nothing takes it.";
}

void printRow(std::size_t number, const api::CycleRow& row, Console& console) {
  const bool garbage = row.state == api::CycleState::Garbage;
  console.printLine();
  console.printLine(std::to_string(number) + ". " +
                    console.styled(Style::Bold, printable(row.expression)));
  std::string line = garbage ? "   garbage: " : "   live: ";
  line += counted(row.cycles, "cycle", "cycles") + " of " +
          counted(row.objects, "object", "objects") + ", " + formatBytes(row.size) + ", " +
          formatBytes(row.retained) + (garbage ? " with what hangs on it" : " retained");
  console.printLine(line);
  if (row.holder) console.printLine("   reached by " + printable(*row.holder));
  std::string types;
  for (const api::TypeShare& share : row.types) {
    if (types.size() > 120) break;
    types += (types.empty() ? "" : ", ") + formatCount(share.count) + " " + share.type;
  }
  console.printLine("   " + console.styled(Style::Dim, printable(types)));
  for (const std::string& type : row.finalizers) {
    console.printLine("   " + printable(type) + " has __del__: it runs when the collector comes");
  }
  if (!row.cut) return;
  console.printLine("   " + printable(row.cut->reason) + ": a weakref there would " +
                    (row.cut->breaks ? "end the cycle" : "end this ring, but others remain"));
}

void print(const api::CyclesResult& cycles, const Options& options, Console& console) {
  if (!options.live) {
    console.printLine("Garbage: " + totals(cycles.garbage) + ".");
    if (cycles.garbage.cycles > 0 || !cycles.collector.runs) {
      console.printLine(collectorLine(cycles.collector));
    }
  }
  if (!options.garbage) console.printLine("Live: " + totals(cycles.live) + " retained.");
  std::size_t number = 0;
  for (const api::CycleRow& row : cycles.rows) printRow(++number, row, console);
  if (cycles.rowCount <= cycles.rows.size()) return;
  console.printLine();
  console.printLine(
      "<" +
      counted(cycles.rowCount - cycles.rows.size(), "more kind of cycle", "more kinds of cycle") +
      "; see them with: -n " + std::to_string(cycles.rowCount) + ">");
}

Result<int> run(const Options& options, Console& console) {
  const auto target = loadTarget(options.target, console);
  if (!target) return std::unexpected(target.error());
  const auto cycles = heap::findCycles(*target->analysis, console.progress());
  console.clearProgress();
  if (!cycles) return std::unexpected(cycles.error());
  api::CyclesParams params;
  if (options.garbage) params.state = api::CycleState::Garbage;
  if (options.live) params.state = api::CycleState::Live;
  params.limit = static_cast<std::uint32_t>(std::min<std::size_t>(options.rows, UINT32_MAX));
  const api::CyclesResult report = features::cyclesReport(*target->analysis, *cycles, "", params);
  if (options.json) {
    auto json = json::write(report);
    json.erase("snapshot");  // ids are an editor's
    printJson(console, json);
  } else {
    print(report, options, console);
  }
  return 0;
}

}  // namespace

Action declareCycles(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("TARGET", options->target, kTargetHelp)->required();
  auto* garbage = app.add_flag("--garbage", options->garbage, "Only what waits for the collector");
  app.add_flag("--live", options->live, "Only what the program reaches")->excludes(garbage);
  app.add_option("-n", options->rows, "Rows to print")->capture_default_str();
  app.add_flag("--json", options->json, "Print JSON (docs/cli.md)");
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
