// docs/snapshot-format.md, "A worked example": the bytes there are decoded here, and made again.
#include <fstream>
#include <sstream>

#include "server/heap/analysis.h"
#include "server/heap/expression.h"
#include "server/heap/snapshot_reader.h"
#include "tests/support/catch.h"
#include "tests/support/heap_builder.h"

using namespace whyalive;

namespace {

// The block fenced as "hex": on each line an offset, bytes, and after a bar what they mean.
std::vector<std::uint8_t> bytesOfExample() {
  std::ifstream file(std::string(WHYALIVE_SOURCE_DIR) + "/docs/snapshot-format.md");
  std::vector<std::uint8_t> bytes;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("```")) inside = line == "```hex";
    if (!inside || line.starts_with("```")) continue;
    std::istringstream words(line.substr(0, line.find('|')));
    std::string word;
    words >> word;
    CHECK(std::stoul(word, nullptr, 16) == bytes.size());
    while (words >> word) bytes.push_back(static_cast<std::uint8_t>(std::stoul(word, nullptr, 16)));
  }
  return bytes;
}

snapshot::Contents contentsOfExample() {
  snapshot::Contents c;
  c.names = {"builtins", "list", "str", "top"};
  c.types.resize(2);
  c.types[0] = {0, 1, 1, snapshot::kAbsent, snapshot::kAbsent, 2, 40, 0, {0}};
  c.types[1] = {0, 2, 2, snapshot::kAbsent, snapshot::kAbsent, 0, 80, 0, {1}};
  c.shapes.resize(2);
  c.shapes[0] = {0, snapshot::Tail::Index, snapshot::ValueKind::None, {}};
  c.shapes[1] = {1, snapshot::Tail::None, snapshot::ValueKind::Text, {}};
  c.objects.resize(2);
  c.objects[0] = {0x1000, 0, 72, 1, {1, snapshot::kNullEdge}, {}, true};
  c.objects[1] = {0x1040, 1, 51, 1, {}, snapshot::encodeText("hi"), false};
  c.roots = {{snapshot::RootKind::Interpreter, 3, 0, true}};
  return c;
}

}  // namespace

TEST_CASE("the worked example of the format's document says what the document says") {
  const std::vector<std::uint8_t> bytes = bytesOfExample();
  REQUIRE(bytes.size() > sizeof(snapshot::Header));
  Result<heap::Snapshot> snapshot = heap::readSnapshot(std::as_bytes(std::span(bytes)));
  REQUIRE(snapshot.has_value());
  const auto analysis = heap::analyse(std::move(*snapshot));
  REQUIRE(analysis.has_value());
  const heap::HeapGraph& graph = (*analysis)->graph();
  REQUIRE(graph.objectCount() == 2);
  CHECK(graph.typeName(ObjectIndex{0}) == "list");
  CHECK(graph.address(ObjectIndex{0}) == 0x1000);
  CHECK(graph.address(ObjectIndex{1}) == 0x1040);
  CHECK(graph.size(ObjectIndex{0}) == 72);
  CHECK(graph.repr(ObjectIndex{1}) == "'hi'");
  CHECK(graph.tracked(ObjectIndex{0}));
  CHECK_FALSE(graph.tracked(ObjectIndex{1}));
  CHECK((*analysis)->roots().surplus(ObjectIndex{0}) == 0);
  CHECK(heap::expressionTo(**analysis, ObjectIndex{1}) == "<interpreter: top>[0]");
}

TEST_CASE("the worked example is what the writer makes of the same tables") {
  CHECK(snapshot::write(contentsOfExample()) == bytesOfExample());
}
