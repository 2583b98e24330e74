// whyalive diff: what grew between two snapshots, by kind and by holder.
#include "server/heap/diff.h"

#include <CLI/App.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/cli/step_output.h"
#include "server/cli/table.h"
#include "server/cli/target.h"
#include "server/cli/text.h"

namespace whyalive::cli {
namespace {

struct Options {
  std::string base;
  std::string target;
  std::size_t rows = 10;
  bool json = false;
};

// now - before of unsigned numbers.
std::int64_t change(std::uint64_t before, std::uint64_t now) {
  return static_cast<std::int64_t>(now - before);
}

nlohmann::json toJson(const heap::HeapDiff& diff, std::size_t rows) {
  nlohmann::json kinds = nlohmann::json::array();
  for (const heap::KindDiff& kind : diff.kinds) {
    if (kinds.size() == rows) break;
    kinds.push_back({{"kind", kind.kind},
                     {"countBefore", kind.countBefore},
                     {"count", kind.count},
                     {"sizeBefore", kind.sizeBefore},
                     {"size", kind.size}});
  }
  nlohmann::json holders = nlohmann::json::array();
  for (const heap::HolderDiff& holder : diff.holders) {
    if (holders.size() == rows) break;
    holders.push_back({{"expression", holder.holder.expression},
                       {"type", holder.holder.type},
                       {"signature", holder.signature},
                       {"entriesBefore", holder.entriesBefore},
                       {"entries", holder.entries},
                       {"retainedBefore", holder.retainedBefore},
                       {"retained", holder.retained},
                       {"steps", stepsJson(holder.holder.steps)}});
  }
  return {{"total", {{"count", diff.count}, {"size", diff.size}}},
          {"kindCount", diff.kinds.size()},
          {"kinds", std::move(kinds)},
          {"holders", std::move(holders)}};
}

void printTable(const Table& table, Console& console) {
  bool title = true;
  for (const std::string& line : table.lines()) {
    console.printLine(title ? console.styled(Style::Bold, line) : line);
    title = false;
  }
}

void print(const heap::HeapDiff& diff, const Options& options, Console& console) {
  console.printLine("From " + printable(options.base) + " to " + printable(options.target) + ": " +
                    formatChange(diff.count) + " objects, " + formatByteChange(diff.size) + ".");
  Table kinds({{"Count", Align::Right},
               {"Change", Align::Right},
               {"Size", Align::Right},
               {"Change", Align::Right},
               {"Kind (class / dict of class)", Align::Left}});
  for (std::size_t i = 0; i < std::min(options.rows, diff.kinds.size()); ++i) {
    const heap::KindDiff& kind = diff.kinds[i];
    kinds.add({formatCount(kind.count), formatChange(change(kind.countBefore, kind.count)),
               formatBytes(kind.size), formatByteChange(change(kind.sizeBefore, kind.size)),
               printable(kind.kind)});
  }
  printTable(kinds, console);
  if (diff.kinds.size() > options.rows) {
    console.printLine("<" + counted(diff.kinds.size() - options.rows, "more kind", "more kinds") +
                      "; see them with: -n " + std::to_string(diff.kinds.size()) + ">");
  }
  console.printLine();
  if (diff.holders.empty()) {
    console.printLine("No holder keeps more than before.");
    return;
  }
  console.printLine("Holders that keep more:");
  Table holders({{"Entries", Align::Right},
                 {"Change", Align::Right},
                 {"Retained", Align::Right},
                 {"Change", Align::Right},
                 {"Holder", Align::Left}});
  for (std::size_t i = 0; i < std::min(options.rows, diff.holders.size()); ++i) {
    const heap::HolderDiff& holder = diff.holders[i];
    holders.add({formatCount(holder.entries),
                 formatChange(change(holder.entriesBefore, holder.entries)),
                 formatBytes(holder.retained),
                 formatByteChange(change(holder.retainedBefore, holder.retained)),
                 printable(holder.holder.expression)});
  }
  printTable(holders, console);
  console.printLine("Which lines fill them: whyalive suspects " + printable(options.target) +
                    " --since " + printable(options.base));
}

Result<int> run(const Options& options, Console& console) {
  const auto bases = loadBases({options.base}, console);
  if (!bases) return std::unexpected(bases.error());
  const auto target = loadTarget(options.target, console);
  if (!target) return std::unexpected(target.error());
  noteUnrelated(*target, *bases, console);
  const auto diff = heap::diff(*bases->front().analysis, *target->analysis,
                               {.holders = std::max<std::size_t>(options.rows, 1)});
  if (options.json) {
    printJson(console, toJson(diff, options.rows));
  } else {
    print(diff, options, console);
  }
  return 0;
}

}  // namespace

Action declareDiff(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("BASE", options->base, "Earlier snapshot file")->required();
  app.add_option("TARGET", options->target, kTargetHelp)->required();
  app.add_option("-n", options->rows, "Rows to print of each table")->capture_default_str();
  app.add_flag("--json", options->json, "Print JSON (docs/cli.md)");
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
