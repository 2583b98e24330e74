#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "protocol/json/convert.h"
#include "server/features/diagnostics.h"
#include "server/features/expected_suspects.h"
#include "server/features/leak_location.h"
#include "server/features/partition_report.h"
#include "server/features/paths_report.h"
#include "server/features/suspect_report.h"
#include "tests/features/features_support.h"
#include "tests/support/catch.h"
#include "tests/support/heap_builder.h"

namespace whyalive::features {
namespace {

using sources::Role;

const std::string kText =
    "class Client:\n"
    "    def __init__(self):\n"
    "        self._expected = {}\n"
    "    def send(self, x):\n"
    "        self._expected[x] = 'é'; x = 1\n";

TEST_CASE("the leak is where it is filled, else the best other line, else nowhere") {
  auto define = location(kText, "self._expected = {}", Role::Define);
  auto store = location(kText, "self._expected[x]", Role::Store);
  CHECK(leakLocation(suspect(1, {define, store}))->role == Role::Store);
  CHECK(leakLocation(suspect(1, {define}))->role == Role::Define);
  CHECK(leakLocation(suspect(1, {})) == nullptr);
  CHECK(holderLocation(suspect(1, {store, define}))->role == Role::Define);
  CHECK(holderLocation(suspect(1, {store}))->role == Role::Store);
}

TEST_CASE("a suspect becomes a diagnostic with its chain and its other lines") {
  auto found = suspect(1, {location(kText, "x = 1", Role::Store),
                           location(kText, "self._expected = {}", Role::Define)});
  auto growing = found;
  growing.suspect.kind = heap::SuspectKind::Growth;
  growing.suspect.note = "grows";
  auto linesOf = [](const std::string& file) {
    return TextLines(parse(file, kText), sources::PositionEncoding::Utf16);
  };
  auto byFile = diagnostics({found, growing, suspect(3, {})}, linesOf);
  REQUIRE(byFile.size() == 1);
  const auto& all = byFile.at(kFile);
  REQUIRE(all.size() == 2);

  CHECK(all[0].severity == lsp::DiagnosticSeverity::Information);
  CHECK(all[0].code == "accumulation");
  CHECK(all[0].message == "client._expected holds 3100 entries\nHeld by __main__.client._expected");
  CHECK(all[0].range == lsp::Range{{4, 33}, {4, 38}});  // one code unit less than bytes: é
  CHECK(byFile.at(kFile)[0].data->at("rank") == 1);
  const auto& related = *all[0].relatedInformation;
  REQUIRE(related.size() == 4);
  CHECK(related[1].message == "global client (app.Client)");
  CHECK(related[3].message == "made here: self._expected = {}");
  CHECK(related[3].location.range.start == lsp::Position{2, 8});

  CHECK(all[1].severity == lsp::DiagnosticSeverity::Warning);
  CHECK(all[1].message.ends_with("\ngrows"));
}

TEST_CASE("diagnostics follow their statement, and go when it is gone") {
  std::vector<sources::LocatedSuspect> all{
      suspect(1, {location(kText, "self._expected[x] = 'é'", Role::Store)})};
  auto linesIn = [&](const std::string& text) {
    return diagnostics(all, [&](const std::string& file) {
      return TextLines(parse(file, text), sources::PositionEncoding::Utf8);
    });
  };
  auto moved = linesIn("# more\n# lines\n" + kText);
  CHECK(moved.at(kFile).at(0).range.start == lsp::Position{6, 8});
  std::string changed = kText;
  changed.replace(changed.find("[x] = 'é'"), 3, "[y]");
  CHECK(linesIn(changed).empty());
  // A file that cannot be read any more is taken as it was.
  auto unread = diagnostics(
      all, [](const std::string&) { return TextLines(nullptr, sources::PositionEncoding::Utf8); });
  CHECK(unread.at(kFile).at(0).range.start == lsp::Position{4, 8});
}

TEST_CASE("expected suspects are left out, and the others move up") {
  auto one = suspect(1, {}), two = suspect(2, {}), three = suspect(3, {});
  two.suspect.signature = "known";
  auto left = withoutExpected({one, two, three}, {"known", "other"});
  REQUIRE(left.size() == 2);
  CHECK(left[1].suspect.rank == 2);
  CHECK(withoutExpected({one, two, three}, {}).size() == 3);
}

TEST_CASE("a suspect on the wire has the shape of `suspects --json`") {
  auto found = suspect(1, {location(kText, "self._expected[x]", Role::Store)});
  found.suspect.types = {{"app.Iq", 6100, 341600}};
  found.suspect.count = 3100;
  found.suspect.retained = 18200000;
  auto json = json::write(suspectReport(found));
  CHECK(json == nlohmann::json::parse(R"({
    "rank": 1, "kind": "accumulation", "title": "client._expected holds 3100 entries",
    "signature": "5ca1ab1e", "types": [{"type": "app.Iq", "count": 6100, "bytes": 341600}],
    "count": 3100, "retained": 18200000, "note": "",
    "holder": {"expression": "__main__.client._expected", "type": "", "steps": [
      {"kind": "module", "name": "__main__"},
      {"kind": "global", "name": "client", "type": "app.Client", "id": 7},
      {"kind": "attribute", "name": "_expected", "type": "dict", "id": 8}]},
    "locations": [{"role": "store", "file": "/work/app.py", "line": 5, "column": 9,
                   "function": "", "text": "self._expected[x] = 'é'; x = 1"}]})"));
  found.suspect.hasGrowth = true;
  found.suspect.growth = {-3, 100};
  found.suspect.jointHolders.resize(1);
  json = json::write(suspectReport(found));
  CHECK(json["growth"] == nlohmann::json::parse(R"({"count": -3, "bytes": 100})"));
  CHECK(json["jointHolders"].size() == 1);
}

TEST_CASE("ways through two variables of one frame begin at the same row of the tree") {
  testing::HeapBuilder b;
  const testing::Obj one = b.list(), other = b.list();
  b.runningFrame(b.code("/app/main.py", "serve", 1), 7,
                 {{"client", b.dictOf("__main__.Client", {{b.text("x"), one}})},
                  {"gateway", b.dictOf("__main__.Gateway", {{b.text("y"), other}})}});
  const auto analysis = b.analyse();
  const std::vector<ObjectIndex> both{testing::at(one), testing::at(other)};
  const auto report = pathsReport(*analysis, both, "s1", 10, RunControl{});
  REQUIRE(report.has_value());
  REQUIRE(report->tree.size() >= 3);
  CHECK(report->tree[0].label == "<frame serve (main.py:7)>");
  CHECK(report->tree[0].type.empty());  // of no object: a frame that nobody asked for is none
  CHECK_FALSE(report->tree[0].id.has_value());
  CHECK(report->tree[0].count == 2);
  CHECK(std::ranges::count(report->tree, std::optional<std::uint32_t>(0),
                           &api::PathTreeNode::parent) == 2);
  REQUIRE(!report->paths.empty());
  CHECK_FALSE(report->paths[0].steps[0].type.has_value());
  CHECK(report->paths[0].steps[1].type.has_value());
}

TEST_CASE("a partition is told row by row, with the size of the whole table") {
  heap::PartitionTable table;
  table.totalCount = 6;
  table.rowCount = 50;
  for (std::uint32_t i = 0; i < 2; ++i) {
    table.rows.push_back(
        {i, "kind " + std::to_string(i), "dict", i, 10, 20, i == 1, kNoObject, std::nullopt});
  }
  table.rows[1].growth = heap::PartitionGrowth{1, -2};
  table.rows[1].object = ObjectIndex{7};
  const auto report = partitionReport(table, "s1", api::PartitionParams());
  CHECK(report.rowCount == 50);
  REQUIRE(report.rows.size() == 2);
  CHECK(report.rows[0].kind == "kind 0");
  CHECK_FALSE(report.rows[0].id);
  CHECK(report.rows[1].id == 7u);
  CHECK(report.rows[1].growth->size == -2);
  CHECK_FALSE(report.rows[0].atLeast);
  CHECK(report.rows[1].atLeast == true);
}

}  // namespace
}  // namespace whyalive::features
