// whyalive heap: what the heap is made of, as guppy prints it, with retained sizes and growth.
#include <CLI/App.hpp>
#include <CLI/Validators.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <tuple>
#include <vector>

#include "protocol/json/convert.h"
#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/cli/table.h"
#include "server/cli/target.h"
#include "server/cli/text.h"
#include "server/features/partition_report.h"
#include "server/heap/partition.h"
#include "server/sql/sql_session.h"

namespace whyalive::cli {
namespace {

struct Options {
  std::string target;
  std::string by = "kind";
  std::vector<std::string> within;  // WORD=LABEL
  std::string where;
  std::string since;
  std::size_t offset = 0;
  std::size_t rows = 10;
  bool json = false;
};

std::string_view titleOf(heap::PartitionBy by) {
  switch (by) {
    case heap::PartitionBy::Kind: return "Kind (class / dict of class)";
    case heap::PartitionBy::Type: return "Type";
    case heap::PartitionBy::Module: return "Module of the type";
    case heap::PartitionBy::Holder: return "Holder";
    case heap::PartitionBy::Referrers: return "Referrers by kind (class / dict of class)";
    case heap::PartitionBy::Via: return "Referred via";
    case heap::PartitionBy::Size: return "Individual size";
    case heap::PartitionBy::Id: return "Object";
  }
  return "";
}

nlohmann::json toJson(const heap::PartitionTable& table) {
  auto json = json::write(features::partitionReport(table, "", {}));
  json.erase("snapshot");  // ids are an editor's
  json["by"] = heap::toString(table.by);
  return json;
}

// For a shell.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// As guppy rounds: to the nearest whole percent.
std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "0";
  return std::to_string((part * 200 / whole + 1) / 2);
}

std::string objectCell(const heap::PartitionRow& row) {
  return row.label + "  id " + std::to_string(raw(row.object)) + ", " + row.type;
}

Table asTable(const heap::PartitionTable& heap) {
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
  for (const heap::PartitionRow& row : heap.rows) {
    cumulative += row.size;
    std::vector<std::string> cells = {std::to_string(row.index),
                                      std::to_string(row.count),
                                      percent(row.count, heap.totalCount),
                                      std::to_string(row.size),
                                      percent(row.size, heap.totalSize),
                                      std::to_string(cumulative),
                                      percent(cumulative, heap.totalSize),
                                      (row.atLeast ? "≥" : "") + std::to_string(row.retained)};
    if (growth) {
      const heap::PartitionGrowth grown = row.growth.value_or(heap::PartitionGrowth{});
      cells.push_back(formatChange(grown.count));
      cells.push_back(formatChange(grown.size));
    }
    cells.push_back(printable(row.object == kNoObject ? row.label : objectCell(row)));
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
  for (const std::string& line : asTable(heap).lines()) {
    console.printLine(title ? console.styled(Style::Bold, line) : line);
    title = false;
  }
  const std::size_t seen = options.offset + heap.rows.size();
  if (heap.rowCount <= seen) return;
  std::string more = "whyalive heap " + options.target;
  if (options.by != "kind") more += " --by " + options.by;
  for (const std::string& part : options.within) more += " --within " + quoted(part);
  if (!options.where.empty()) more += " --where " + quoted(options.where);
  if (!options.since.empty()) more += " --since " + options.since;
  more += " -n " + std::to_string(std::max<std::size_t>(options.rows * 5, 50));
  console.printLine("<" + counted(heap.rowCount - seen, "more row", "more rows") +
                    "; see them with: " + printable(more) + ">");
}

// "kind=dict (no owner)"
Result<std::vector<heap::PartitionPart>> partsOf(const std::vector<std::string>& within) {
  std::vector<heap::PartitionPart> parts;
  for (const std::string& text : within) {
    const std::size_t equals = text.find('=');
    const auto by = heap::partitionBy(std::string_view(text).substr(0, equals));
    if (equals == std::string::npos || !by) {
      return fail(ErrorCode::InvalidArgument, "--within " + text + " names no row",
                  "give a way of dividing and a row of it, as in --within 'kind=dict (no owner)'");
    }
    parts.push_back({*by, text.substr(equals + 1)});
  }
  return parts;
}

Result<std::vector<ObjectIndex>> chosen(const Target& target, const std::string& where,
                                        const RunControl& control) {
  auto sql = sql::SqlSession::open(target.analysis);
  if (!sql) return std::unexpected(sql.error());
  return sql->objectsWhere(where, {}, control);
}

Result<heap::PartitionTable> divide(const Options& options, const Target& target,
                                    const Target* base, Console& console) {
  const auto by = heap::partitionBy(options.by);
  if (!by) return fail(ErrorCode::InvalidArgument, "there is no partition by " + options.by);
  auto parts = partsOf(options.within);
  if (!parts) return std::unexpected(std::move(parts.error()));
  const RunControl control = console.progress();
  heap::PartitionOptions wanted;
  wanted.since = base == nullptr ? nullptr : base->analysis.get();
  wanted.within = *std::move(parts);
  wanted.offset = options.offset;
  wanted.limit = options.rows;
  std::vector<ObjectIndex> now, before;
  for (const auto& [which, list, span] :
       {std::tuple(&target, &now, &wanted.of), std::tuple(base, &before, &wanted.ofSince)}) {
    if (options.where.empty() || which == nullptr) continue;
    auto found = chosen(*which, options.where, control);
    if (!found) return std::unexpected(std::move(found.error()));
    *list = *std::move(found);
    *span = *list;
  }
  auto table = heap::partition(*target.analysis, *by, wanted, control);
  console.clearProgress();
  return table;
}

Result<int> run(const Options& options, Console& console) {
  auto bases = loadBases(
      options.since.empty() ? std::vector<std::string>{} : std::vector{options.since}, console);
  if (!bases) return std::unexpected(std::move(bases.error()));
  const auto target = loadTarget(options.target, console);
  if (!target) return std::unexpected(target.error());
  noteUnrelated(*target, *bases, console);
  const auto table = divide(options, *target, bases->empty() ? nullptr : &bases->front(), console);
  if (!table) return std::unexpected(table.error());
  if (options.json) {
    printJson(console, toJson(*table));
  } else {
    print(*table, options, console);
  }
  return 0;
}

}  // namespace

Action declareHeap(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("TARGET", options->target, kTargetHelp)->required();
  std::vector<std::string> words(heap::partitionWords().begin(), heap::partitionWords().end());
  app.add_option("--by", options->by, "What the rows are")
      ->check(CLI::IsMember(std::move(words)))
      ->capture_default_str();
  app.add_option("--within", options->within,
                 "Only the objects of this row, as in 'kind=dict (no owner)'; may be given several "
                 "times")
      ->allow_extra_args(false);
  app.add_option("--where", options->where,
                 "Only objects for which this holds: SQL on the columns of `objects`, as in "
                 "\"type = 'str' AND size > 1000\"");
  app.add_option("--since", options->since, "Snapshot to show the growth from");
  app.add_option("-n", options->rows, "Rows to print")->capture_default_str();
  app.add_option("--offset", options->offset, "Rows to leave out before");
  app.add_flag("--json", options->json, "Print JSON (docs/cli.md)");
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
