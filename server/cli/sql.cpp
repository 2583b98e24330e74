// whyalive sql: a question to a heap in SQL, as a table, JSON or CSV.
#include <CLI/App.hpp>
#include <CLI/Error.hpp>
#include <CLI/Validators.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "protocol/json/convert.h"
#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/cli/table.h"
#include "server/cli/target.h"
#include "server/cli/text.h"
#include "server/features/sql_report.h"
#include "server/sql/schema.h"
#include "server/sql/sql_session.h"

namespace whyalive::cli {
namespace {

struct Options {
  std::string target;
  std::string sql;
  std::size_t rows = 1000;
  double timeout = 30;  // seconds
  bool json = false;
  bool csv = false;
  bool tables = false;
};

constexpr std::size_t kWidestCell = 200;  // of a table that is not cut to the terminal's width

bool isNumber(const sql::SqlValue& value) {
  return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
}

std::string plain(const sql::SqlValue& value) {
  if (const auto* i = std::get_if<std::int64_t>(&value)) return std::to_string(*i);
  if (const auto* d = std::get_if<double>(&value)) return nlohmann::json(*d).dump();
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* blob = std::get_if<sql::SqlBlob>(&value)) {
    return "x'" + features::hexadecimal(blob->bytes) + "'";
  }
  return "";
}

std::string tableCell(const sql::SqlValue& value, sql::ColumnType type, const Console& console) {
  if (std::holds_alternative<std::monostate>(value)) return console.styled(Style::Dim, "NULL");
  if (const auto* i = std::get_if<std::int64_t>(&value);
      i != nullptr && type == sql::ColumnType::Address) {
    char text[20];
    const int length =
        std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(*i));
    return std::string(text, static_cast<std::size_t>(length));
  }
  return shortened(printable(plain(value)), kWidestCell);
}

// Columns two spaces apart, since names have spaces of their own.
std::string gap(std::size_t column) { return column > 0 ? " " : ""; }

// A column stands to the right when all its values are numbers.
Table asTable(const sql::SqlResult& result, const Console& console) {
  std::vector<Table::Column> columns;
  for (std::size_t i = 0; i < result.columns.size(); ++i) {
    const bool numeric = std::ranges::all_of(result.rows, [i](const auto& row) {
      return isNumber(row[i]) || std::holds_alternative<std::monostate>(row[i]);
    });
    columns.push_back(
        {gap(i) + printable(result.columns[i].name), numeric ? Align::Right : Align::Left});
  }
  Table table(std::move(columns));
  for (const auto& row : result.rows) {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells.push_back(gap(i) + tableCell(row[i], result.columns[i].type, console));
    }
    table.add(std::move(cells));
  }
  return table;
}

void printTable(const sql::SqlResult& result, Console& console) {
  bool title = true;
  for (const std::string& line : asTable(result, console).lines()) {
    const std::string fitted = console.isTerminal() ? shortened(line, console.width()) : line;
    console.printLine(title ? console.styled(Style::Bold, fitted) : fitted);
    title = false;
  }
}

// RFC 4180 with line feeds: quoted where it must be; NULL is nothing, empty text is "".
std::string csvField(const sql::SqlValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return plain(value);
  if (!text->empty() && text->find_first_of("\",\r\n") == std::string::npos) return *text;
  std::string quoted = "\"";
  for (const char c : *text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

void printCsv(const sql::SqlResult& result, Console& console) {
  std::string line;
  for (const sql::SqlColumn& column : result.columns) {
    line += (line.empty() ? "" : ",") + csvField(column.name);
  }
  console.printLine(line);
  for (const auto& row : result.rows) {
    line.clear();
    for (std::size_t i = 0; i < row.size(); ++i) line += (i > 0 ? "," : "") + csvField(row[i]);
    console.printLine(console.isTerminal() ? printable(line) : line);
  }
}

void printSchema(Console& console) {
  for (const sql::TableInfo& table : sql::tables()) {
    console.printLine(console.styled(Style::Bold, table.name) + ": " + std::string(table.meaning));
    Table columns({{"", Align::Left}, {"", Align::Left}, {"", Align::Left}, {"", Align::Left}});
    for (const sql::Column& column : table.columns) {
      columns.add({" ", std::string(column.name) + (column.hidden ? "†" : ""),
                   std::string(sql::toString(column.type)), std::string(column.meaning)});
    }
    const auto lines = columns.lines();
    for (std::size_t i = 1; i < lines.size(); ++i) console.printLine(lines[i]);
  }
  console.printLine(console.styled(Style::Bold, "Functions"));
  Table functions({{"", Align::Left}, {"", Align::Left}, {"", Align::Left}});
  for (const sql::FunctionInfo& function : sql::functions()) {
    functions.add({" ", std::string(function.name) + "(" + std::string(function.arguments) + ")",
                   std::string(function.meaning)});
  }
  const auto lines = functions.lines();
  for (std::size_t i = 1; i < lines.size(); ++i) console.printLine(lines[i]);
}

Result<int> run(const Options& options, Console& console) {
  if (options.tables) {
    if (options.json) {
      printJson(console, json::write(features::sqlSchemaReport()));
    } else {
      printSchema(console);
    }
    return 0;
  }
  const auto target = loadTarget(options.target, console);
  if (!target) return std::unexpected(target.error());
  auto session = sql::SqlSession::open(target->analysis);
  if (!session) return std::unexpected(session.error());
  sql::SqlOptions how;
  how.limit = options.rows;
  how.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(options.timeout * 1000));
  const auto result = session->query(options.sql, how, console.progress());
  if (!result) return std::unexpected(result.error());
  if (options.json) {
    auto json = json::write(features::sqlReport(*result, ""));
    json.erase("snapshot");  // ids are an editor's
    printJson(console, json);
  } else if (options.csv) {
    printCsv(*result, console);
  } else {
    printTable(*result, console);
  }
  for (const std::string& note : result->notes) console.note(printable(note));
  if (result->truncated) {
    console.note("There are more rows; -n N prints more than " +
                 std::to_string(result->rows.size()));
  }
  return 0;
}

}  // namespace

Action declareSql(CLI::App& app) {
  auto options = std::make_shared<Options>();
  auto* target = app.add_option("TARGET", options->target, kTargetHelp);
  auto* sql = app.add_option("SQL", options->sql, "A SELECT over the tables of docs/sql.md");
  app.add_option("-n", options->rows, "Rows to print at most")->capture_default_str();
  app.add_option("--timeout", options->timeout, "Seconds that the query may take; 0 = any")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  auto* json = app.add_flag("--json", options->json, "Print JSON (docs/cli.md)");
  app.add_flag("--csv", options->csv, "Print CSV")->excludes(json);
  auto* tables =
      app.add_flag("--tables", options->tables, "Tell the tables and functions there are");
  app.callback([tables, target, sql] {
    if (tables->count() > 0) return;
    if (target->count() == 0) throw CLI::RequiredError("TARGET");
    if (sql->count() == 0) throw CLI::RequiredError("SQL");
  });
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
