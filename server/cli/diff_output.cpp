#include "server/cli/diff_output.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/cli/console.h"
#include "server/cli/step_output.h"
#include "server/cli/table.h"
#include "server/cli/text.h"
#include "server/features/diff_report.h"
#include "server/heap/expression.h"

namespace whyalive::cli {
namespace {

nlohmann::json fatesJson(const heap::FateCounts& fates) {
  return {{"survived", fates.survived},
          {"added", fates.added},
          {"gone", fates.gone},
          {"uncertain", fates.uncertain}};
}

nlohmann::json kindJson(const heap::SeriesRow& row) {
  nlohmann::json kind = {{"kind", row.label},          {"countBefore", row.counts.front()},
                         {"count", row.counts.back()}, {"sizeBefore", row.sizes.front()},
                         {"size", row.sizes.back()},   {"counts", row.counts},
                         {"sizes", row.sizes},         {"grewAlways", row.grewAlways()}};
  if (row.fates) kind["objects"] = fatesJson(*row.fates);
  return kind;
}

nlohmann::json holderJson(const Changes& changes, const heap::SeriesRow& row) {
  const heap::Holder holder = heap::describeHolder(*changes.snapshots.back(), row.example);
  return {{"expression", holder.expression},
          {"type", holder.type},
          {"signature", heap::signatureOf(row)},
          {"entriesBefore", row.counts.front()},
          {"entries", row.counts.back()},
          {"retainedBefore", row.sizes.front()},
          {"retained", row.sizes.back()},
          {"counts", row.counts},
          {"sizes", row.sizes},
          {"grewAlways", row.grewAlways()},
          {"steps", stepsJson(holder.steps)}};
}

void printTable(const Table& table, Console& console) {
  bool title = true;
  for (const std::string& line : table.lines()) {
    console.printLine(title ? console.styled(Style::Bold, line) : line);
    title = false;
  }
}

// Of three and more snapshots each step counts: "+241 +240 +250".
std::string changesOf(const std::vector<std::uint64_t>& values) {
  std::string text;
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (i > 1) text += ' ';
    text += formatChange(static_cast<std::int64_t>(values[i] - values[i - 1]));
  }
  return text;
}

void printKinds(const Changes& changes, std::size_t rows, Console& console) {
  const bool fates = changes.kinds.fates.has_value();
  std::vector<Table::Column> columns{{"Count", Align::Right}, {"Change", Align::Right}};
  if (fates) columns.insert(columns.end(), {{"New", Align::Right}, {"Gone", Align::Right}});
  columns.insert(columns.end(), {{"Size", Align::Right},
                                 {"Change", Align::Right},
                                 {"Kind (class / dict of class)", Align::Left}});
  Table table(std::move(columns));
  const std::vector<heap::SeriesRow>& kinds = changes.kinds.rows;
  for (std::size_t i = 0; i < std::min(rows, kinds.size()); ++i) {
    const heap::SeriesRow& row = kinds[i];
    std::vector<std::string> cells{formatCount(row.counts.back()), changesOf(row.counts)};
    if (fates) {
      cells.push_back(formatCount(row.fates->added));
      cells.push_back(formatCount(row.fates->gone));
    }
    cells.push_back(formatBytes(row.sizes.back()));
    cells.push_back(formatByteChange(row.sizeGrowth()));
    cells.push_back(printable(row.label));
    table.add(std::move(cells));
  }
  printTable(table, console);
  if (kinds.size() <= rows) return;
  console.printLine("<" + counted(kinds.size() - rows, "more kind", "more kinds") +
                    "; see them with: -n " + std::to_string(kinds.size()) + ">");
}

void printHolders(const Changes& changes, std::size_t rows, Console& console) {
  if (changes.holders.rows.empty()) {
    console.printLine("No holder keeps more than before.");
    return;
  }
  console.printLine("Holders that keep more:");
  Table table({{"Entries", Align::Right},
               {"Change", Align::Right},
               {"Retained", Align::Right},
               {"Change", Align::Right},
               {"Holder", Align::Left}});
  for (std::size_t i = 0; i < std::min(rows, changes.holders.rows.size()); ++i) {
    const heap::SeriesRow& row = changes.holders.rows[i];
    const heap::Holder holder = heap::describeHolder(*changes.snapshots.back(), row.example);
    table.add({formatCount(row.counts.back()), changesOf(row.counts), formatBytes(row.sizes.back()),
               formatByteChange(row.sizeGrowth()), printable(holder.expression)});
  }
  printTable(table, console);
}

void printFates(const Changes& changes, Console& console) {
  const heap::FateCounts& fates = *changes.kinds.fates;
  std::string line = counted(fates.added, "object is", "objects are") + " new, " +
                     formatCount(fates.gone) + " gone, " + formatCount(fates.survived) +
                     " the same by address, type and content";
  if (fates.uncertain > 0) {
    line += ", " + formatCount(fates.uncertain) +
            " uncertain (of one type at one address, with nothing of their own to tell them by)";
  }
  console.printLine(line + ".");
  if (changes.newGarbage.value_or(0) == 0) return;
  console.printLine("Of the new ones " + formatCount(*changes.newGarbage) +
                    " are kept by nothing and wait for the collector.");
}

}  // namespace

Result<Changes> changesBetween(std::vector<std::string> names,
                               std::vector<const heap::Analysis*> snapshots,
                               const RunControl& control) {
  Changes changes;
  changes.names = std::move(names);
  changes.snapshots = std::move(snapshots);
  const heap::Analysis& now = *changes.snapshots.back();
  std::optional<heap::Fates> fates;
  if (features::sameProcess(*changes.snapshots.front(), now)) {
    auto found = heap::fatesOf(changes.snapshots.front()->graph(), now.graph(), control);
    if (!found) return std::unexpected(std::move(found.error()));
    fates = *std::move(found);
    changes.newGarbage = 0;
    for (std::uint32_t o = 0; o < fates->now.size(); ++o) {
      const bool kept = now.dominators().reachable(ObjectIndex{o});
      if (fates->now[o] == heap::Fate::Added && !kept) ++*changes.newGarbage;
    }
  }
  heap::SeriesOptions options{heap::SeriesBy::Kind, false, fates ? &*fates : nullptr};
  auto kinds = heap::seriesOf(changes.snapshots, options, control);
  if (!kinds) return std::unexpected(std::move(kinds.error()));
  changes.kinds = *std::move(kinds);
  options.by = heap::SeriesBy::Holder;
  auto holders = heap::seriesOf(changes.snapshots, options, control);
  if (!holders) return std::unexpected(std::move(holders.error()));
  changes.holders = *std::move(holders);
  std::erase_if(changes.holders.rows, [](const heap::SeriesRow& row) {
    return row.countGrowth() <= 0 || row.sizeGrowth() <= 0;
  });
  return changes;
}

nlohmann::json changesJson(const Changes& changes, std::size_t rows) {
  nlohmann::json kinds = nlohmann::json::array();
  for (std::size_t i = 0; i < std::min(rows, changes.kinds.rows.size()); ++i) {
    kinds.push_back(kindJson(changes.kinds.rows[i]));
  }
  nlohmann::json holders = nlohmann::json::array();
  for (std::size_t i = 0; i < std::min(rows, changes.holders.rows.size()); ++i) {
    holders.push_back(holderJson(changes, changes.holders.rows[i]));
  }
  const heap::Series& whole = changes.kinds;
  nlohmann::json json = {
      {"snapshots", changes.names},
      {"total",
       {{"count", static_cast<std::int64_t>(whole.counts.back() - whole.counts.front())},
        {"size", static_cast<std::int64_t>(whole.sizes.back() - whole.sizes.front())},
        {"counts", whole.counts},
        {"sizes", whole.sizes}}},
      {"kindCount", changes.kinds.rows.size()},
      {"kinds", std::move(kinds)},
      {"holders", std::move(holders)}};
  if (whole.fates) {
    json["objects"] = fatesJson(*whole.fates);
    json["objects"]["newGarbage"] = changes.newGarbage.value_or(0);
  }
  return json;
}

void printChanges(const Changes& changes, std::size_t rows, Console& console) {
  const heap::Series& whole = changes.kinds;
  console.printLine(
      "From " + printable(changes.names.front()) + " to " + printable(changes.names.back()) + ": " +
      formatChange(static_cast<std::int64_t>(whole.counts.back() - whole.counts.front())) +
      " objects, " +
      formatByteChange(static_cast<std::int64_t>(whole.sizes.back() - whole.sizes.front())) + ".");
  if (whole.fates) printFates(changes, console);
  printKinds(changes, rows, console);
  console.printLine();
  printHolders(changes, rows, console);
}

}  // namespace whyalive::cli
