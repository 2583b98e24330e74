// whyalive heap: what the heap is made of, as guppy prints it, with retained sizes and growth.
#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "protocol/json/convert.h"
#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/cli/table.h"
#include "server/cli/target.h"
#include "server/cli/text.h"
#include "server/features/partition_report.h"
#include "server/heap/partition.h"

namespace whyalive::cli {
namespace {

struct Options {
  std::string target;
  std::string by = "kind";
  std::string since;
  std::size_t rows = 10;
  bool json = false;
};

std::string_view titleOf(heap::PartitionBy by) {
  switch (by) {
    case heap::PartitionBy::Kind: return "Kind (class / dict of class)";
    case heap::PartitionBy::Type: return "Type";
    case heap::PartitionBy::Module: return "Module of the type";
  }
  return "";
}

nlohmann::json toJson(const heap::PartitionTable& table, const Options& options) {
  api::PartitionParams params;
  params.limit = static_cast<std::uint32_t>(std::min<std::size_t>(options.rows, UINT32_MAX));
  auto json = json::write(features::partitionReport(table, "", params));
  json.erase("snapshot");  // ids are an editor's
  json["by"] = heap::toString(table.by);
  return json;
}

// As guppy rounds: to the nearest whole percent.
std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "0";
  return std::to_string((part * 200 / whole + 1) / 2);
}

Table asTable(const heap::PartitionTable& heap, std::size_t rows) {
  const bool growth = heap.totalGrowth.has_value();
  std::vector<Table::Column> columns = {{"Index", Align::Right}, {"Count", Align::Right},
                                        {"%", Align::Right},     {"Size", Align::Right},
                                        {"%", Align::Right},     {"Cumulative", Align::Right},
                                        {"%", Align::Right},     {"Retained", Align::Right}};
  if (growth) columns.push_back({"Growth", Align::Right});
  if (growth) columns.push_back({"Bytes", Align::Right});
  columns.push_back({std::string(titleOf(heap.by)), Align::Left});
  Table table(std::move(columns));
  Bytes cumulative = 0;
  for (std::size_t i = 0; i < std::min(rows, heap.rows.size()); ++i) {
    const heap::PartitionRow& row = heap.rows[i];
    cumulative += row.size;
    std::vector<std::string> cells = {
        std::to_string(row.index),           std::to_string(row.count),
        percent(row.count, heap.totalCount), std::to_string(row.size),
        percent(row.size, heap.totalSize),   std::to_string(cumulative),
        percent(cumulative, heap.totalSize), std::to_string(row.retained)};
    if (growth) {
      const heap::PartitionGrowth grown = row.growth.value_or(heap::PartitionGrowth{});
      cells.push_back(formatChange(grown.count));
      cells.push_back(formatChange(grown.size));
    }
    cells.push_back(printable(row.label));
    table.add(std::move(cells));
  }
  return table;
}

void print(const heap::PartitionTable& heap, const Options& options, Console& console) {
  console.printLine("Partition of a set of " + std::to_string(heap.totalCount) +
                    " objects. Total size = " + std::to_string(heap.totalSize) + " bytes.");
  if (heap.totalGrowth) {
    console.printLine("Since " + printable(options.since) + ": " +
                      formatChange(heap.totalGrowth->count) + " objects, " +
                      formatChange(heap.totalGrowth->size) + " bytes.");
  }
  bool title = true;
  for (const std::string& line : asTable(heap, options.rows).lines()) {
    console.printLine(title ? console.styled(Style::Bold, line) : line);
    title = false;
  }
  if (heap.rows.size() <= options.rows) return;
  std::string more = "whyalive heap " + options.target;
  if (options.by != "kind") more += " --by " + options.by;
  if (!options.since.empty()) more += " --since " + options.since;
  more += " -n " + std::to_string(std::max<std::size_t>(options.rows * 5, 50));
  console.printLine("<" + counted(heap.rows.size() - options.rows, "more row", "more rows") +
                    "; see them with: " + printable(more) + ">");
}

Result<int> run(const Options& options, Console& console) {
  const auto by = heap::partitionBy(options.by);
  if (!by) return fail(ErrorCode::InvalidArgument, "there is no partition by " + options.by);
  auto bases = loadBases(
      options.since.empty() ? std::vector<std::string>{} : std::vector{options.since}, console);
  if (!bases) return std::unexpected(std::move(bases.error()));
  const auto target = loadTarget(options.target, console);
  if (!target) return std::unexpected(target.error());
  noteUnrelated(*target, *bases, console);
  const auto table = heap::partition(
      *target->analysis, *by, {.since = bases->empty() ? nullptr : bases->front().analysis.get()});
  if (options.json) {
    printJson(console, toJson(table, options));
  } else {
    print(table, options, console);
  }
  return 0;
}

}  // namespace

Action declareHeap(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("TARGET", options->target, kTargetHelp)->required();
  app.add_option("--by", options->by, "Rows are kinds, types or modules")
      ->check(CLI::IsMember({"kind", "type", "module"}))
      ->capture_default_str();
  app.add_option("--since", options->since, "Snapshot to show the growth from");
  app.add_option("-n", options->rows, "Rows to print")->capture_default_str();
  app.add_flag("--json", options->json, "Print JSON (docs/cli.md)");
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
