// docs/sql.md is true: every example prints what stands below it, and every table, column and
// function is described as the code describes it.
#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include "tests/sql/sql_support.h"
#include "tests/support/catch.h"

namespace whyalive::testing {
namespace {

std::string readDocs() {
  std::ifstream file(WHYALIVE_SOURCE_DIR "/docs/sql.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Example {
  std::string sql;
  std::string output;
};

// Each ```sql block with the ```text block that follows it.
std::vector<Example> examplesOf(const std::string& docs) {
  std::vector<Example> examples;
  std::istringstream lines(docs);
  std::string* into = nullptr;
  for (std::string line; std::getline(lines, line);) {
    if (line == "```sql") {
      into = &examples.emplace_back().sql;
    } else if (line == "```text" && !examples.empty()) {
      into = &examples.back().output;
    } else if (line == "```") {
      into = nullptr;
    } else if (into != nullptr) {
      *into += line + "\n";
    }
  }
  return examples;
}

std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

// Titles and rows in columns two spaces apart, numbers to the right.
std::string printed(const sql::SqlResult& result) {
  TextRows rows = textRows(result);
  std::vector<bool> numeric(result.columns.size(), true);
  for (const auto& row : result.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (std::holds_alternative<std::string>(row[i])) numeric[i] = false;
    }
  }
  std::vector<std::string> titles;
  for (const sql::SqlColumn& column : result.columns) titles.push_back(column.name);
  rows.insert(rows.begin(), titles);
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::size_t widest = 0;
      for (const auto& other : rows) widest = std::max(widest, width(other[i]));
      const std::string space(widest - width(row[i]), ' ');
      line += (i > 0 ? "  " : "") + (numeric[i] ? space + row[i] : row[i] + space);
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string section(const sql::TableInfo& table) {
  std::string meaning(table.meaning);
  meaning[0] = static_cast<char>(std::toupper(meaning[0]));
  std::string text = "### " + std::string(table.name) + "\n" + meaning +
                     ".\n\n| column | type | meaning |\n|---|---|---|\n";
  for (const sql::Column& column : table.columns) {
    text += "| `" + std::string(column.name) + "`" + (column.hidden ? "†" : "") + " | " +
            std::string(toString(column.type)) + " | " + std::string(column.meaning) + " |\n";
  }
  return text;
}

}  // namespace

TEST_CASE("every example of docs/sql.md prints what stands below it") {
  Asker ask(xmppHeap(2439).analysis);
  const std::vector<Example> examples = examplesOf(readDocs());
  CHECK(examples.size() >= 12);
  for (const Example& example : examples) {
    INFO(example.sql);
    const sql::SqlResult result = ask(example.sql);
    CHECK(printed(result) == example.output);
    CHECK(result.notes.empty());
  }
}

TEST_CASE("docs/sql.md describes every table and column as the code does") {
  const std::string docs = readDocs();
  for (const sql::TableInfo& table : sql::tables()) {
    CHECK(docs.find(section(table)) != std::string::npos);
  }
}

TEST_CASE("docs/sql.md describes every function as the code does") {
  const std::string docs = readDocs();
  for (const sql::FunctionInfo& function : sql::functions()) {
    const std::string row = "| `" + std::string(function.name) + "(" +
                            std::string(function.arguments) + ")` | " +
                            std::string(function.meaning) + " |";
    CHECK(docs.find(row) != std::string::npos);
  }
}

TEST_CASE("every table has rows to show, and every function can be called") {
  Asker ask(xmppHeap().analysis);
  for (const sql::TableInfo& table : sql::tables()) {
    const std::string sql = "SELECT * FROM " + std::string(table.name) + " LIMIT 3";
    const sql::SqlResult result = ask(sql);
    const auto shown =
        std::ranges::count_if(table.columns, [](const sql::Column& c) { return !c.hidden; });
    CHECK(result.columns.size() == static_cast<std::size_t>(shown));
  }
  for (const sql::FunctionInfo& function : sql::functions()) {
    const bool two = function.arguments.find(',') != std::string_view::npos;
    CHECK(ask("SELECT " + std::string(function.name) + (two ? "(1, 2)" : "(1)")).rows.size() == 1);
  }
}

}  // namespace whyalive::testing
