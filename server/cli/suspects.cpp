// whyalive suspects: who keeps more than it should, why, and the lines that make and fill it.
#include <CLI/App.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "protocol/json/convert.h"
#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/cli/located_suspects.h"
#include "server/cli/source_reader.h"
#include "server/cli/step_output.h"
#include "server/cli/target.h"
#include "server/cli/text.h"
#include "server/features/suspect_report.h"
#include "server/heap/suspect.h"

namespace whyalive::cli {
namespace {

constexpr std::size_t kTypesShown = 3;
constexpr std::size_t kLeastCode = 20;  // columns of a line of code, however narrow the terminal

struct Options {
  std::string target;
  std::vector<std::string> since;
  std::size_t limit = 5;
  std::string settings;
  bool json = false;
};

std::string typesLine(const heap::Suspect& suspect) {
  std::string line;
  std::size_t shown = 0;
  for (const heap::TypeShare& share : suspect.types) {
    if (!line.empty()) line += ", ";
    line += formatCount(share.count) + " " + printable(share.type) + " (" +
            formatBytes(share.bytes) + ")";
    if (++shown == kTypesShown) break;
  }
  return line;
}

void printLocations(const std::vector<sources::Location>& locations, Console& console) {
  if (locations.empty()) {
    console.printLine("   No line of the loaded sources makes or fills it.");
    return;
  }
  std::size_t width = 0;
  for (const auto& location : locations) {
    width = std::max(width, sources::toString(location.role).size());
  }
  const auto shortText = [&](std::string_view text, std::size_t column) {
    const std::string shown = printable(text);
    const std::size_t room = std::max<std::size_t>(console.width(), column + kLeastCode) - column;
    return console.isTerminal() ? shortened(shown, room) : shown;
  };
  for (const auto& location : locations) {
    std::string role(sources::toString(location.role));
    role.resize(width, ' ');
    std::string where = printable(location.file) + ":" + std::to_string(location.line);
    if (!location.function.empty()) where += " in " + printable(location.function);
    console.printLine("   " + console.styled(Style::Cyan, role) + "  " + where);
    console.printLine("   " + std::string(width, ' ') + "  " +
                      console.styled(Style::Bold, "    " + shortText(location.text, width + 9)));
  }
}

void printSuspect(const sources::LocatedSuspect& located, Console& console) {
  const heap::Suspect& suspect = located.suspect;
  const bool grows = suspect.kind == heap::SuspectKind::Growth;
  console.printLine(
      console.styled(grows ? Style::Red : Style::Yellow,
                     std::to_string(suspect.rank) + ". " + printable(suspect.title)) +
      console.styled(Style::Dim, "  [" + std::string(heap::toString(suspect.kind)) + "]"));
  std::string keeps = "   keeps " + formatBytes(suspect.retained);
  if (suspect.hasGrowth) {
    keeps += ", grew by " + formatChange(suspect.growth.count) + " entries and " +
             formatByteChange(suspect.growth.bytes);
  }
  console.printLine(keeps);
  if (!suspect.types.empty()) console.printLine("   mostly " + typesLine(suspect));
  if (!suspect.note.empty()) console.printLine("   note: " + printable(suspect.note));
  console.printLine("   held by " +
                    console.styled(Style::Bold, printable(suspect.holder.expression)) + " (" +
                    printable(suspect.holder.type) + ")");
  printSteps(suspect.holder.steps, "     ", console);
  for (const heap::Holder& joint : suspect.jointHolders) {
    console.printLine("   and by  " + printable(joint.expression) +
                      ": emptying one alone frees nothing");
  }
  printLocations(located.locations, console);
  if (!suspect.signature.empty()) {
    console.printLine(console.styled(Style::Dim, "   signature " + suspect.signature));
  }
}

using ClearedHolders = std::vector<heap::ClearedHolder>;

void print(const std::vector<sources::LocatedSuspect>& suspects, const ClearedHolders& cleared,
           const Options& options, Console& console) {
  if (suspects.empty()) {
    console.printLine("No suspects.");
  }
  bool first = true;
  for (const auto& suspect : suspects) {
    if (!first) console.printLine();
    first = false;
    printSuspect(suspect, console);
  }
  if (!cleared.empty()) console.printLine();
  for (const heap::ClearedHolder& one : cleared) {
    console.printLine(console.styled(Style::Dim, "No suspect: " + printable(one.holder.expression) +
                                                     ", " + formatBytes(one.retained) + "; " +
                                                     printable(one.note)));
  }
  if (!options.since.empty()) return;
  const std::string pid = parsePid(options.target) ? options.target : "PID";
  console.note(
      "One snapshot cannot tell what grows from what is kept on purpose. Take one now and one "
      "later:\n"
      "  whyalive snapshot " +
      pid + " -o before.whyalive\n  whyalive suspects " + pid + " --since before.whyalive");
}

Result<int> run(const Options& options, Console& console) {
  auto bases = loadBases(options.since, console);
  if (!bases) return std::unexpected(std::move(bases.error()));
  const auto target = loadTarget(options.target, console);
  if (!target) return std::unexpected(target.error());
  noteUnrelated(*target, *bases, console);
  sources::SourceIndex index = sourcesOf(options.target);
  ClearedHolders cleared;
  auto expected = expectedSignatures(options.settings);
  if (!expected) return std::unexpected(std::move(expected.error()));
  const auto suspects = locatedSuspects(*target, *bases, options.limit, *std::move(expected), index,
                                        console, &cleared);
  if (!suspects) return std::unexpected(suspects.error());
  if (options.json) {
    printJson(console, {{"suspects", json::write(features::suspectReports(*suspects))},
                        {"cleared", json::write(features::clearedReports(cleared))}});
  } else {
    print(*suspects, cleared, options, console);
  }
  return 0;
}

}  // namespace

Action declareSuspects(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("TARGET", options->target, kTargetHelp)->required();
  app.add_option("--since", options->since,
                 "Earlier snapshot of the same process; may be given several times")
      ->allow_extra_args(false);
  app.add_option(
      "--settings", options->settings,
      "File whose expectedSuspects are not reported (default: .whyalive.json here or in a "
      "folder above)");
  app.add_option("-n", options->limit, "Suspects to print")->capture_default_str();
  app.add_flag("--json", options->json, "Print JSON (docs/cli.md)");
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
