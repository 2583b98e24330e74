#include "server/sources/source_index.h"

#include <random>

#include "server/sources/document.h"
#include "server/sources/python_syntax.h"
#include "tests/sources/sources_support.h"
#include "tests/support/catch.h"

namespace whyalive::sources {
namespace {

TEST_CASE("files are read once, when first asked for") {
  FakeFiles disk{{{"/a.py", "class A: pass\n"}}, {}};
  SourceIndex index(disk.reader());
  CHECK(disk.reads.empty());
  REQUIRE(index.file("/a.py"));
  CHECK(index.file("/a.py") == index.file("/a.py"));
  CHECK(index.mentions("/a.py", "A"));
  CHECK_FALSE(index.mentions("/a.py", "lass"));
  CHECK(disk.reads["/a.py"] == 1);
  CHECK(index.file("/none.py") == nullptr);
  CHECK_FALSE(index.mentions("/none.py", "A"));
  CHECK(disk.reads["/none.py"] == 1);

  SECTION("a forgotten file is read again") {
    const auto before = index.file("/a.py");
    disk.files["/a.py"] = "class B: pass\n";
    index.forget("/a.py");
    CHECK(index.file("/a.py")->index().classNamed("B") != nullptr);
    CHECK(before->index().classNamed("A") != nullptr);
  }
  SECTION("a buffer hides the file until it is closed") {
    index.openBuffer("/a.py", "class C: pass\n");
    CHECK(index.file("/a.py")->index().classNamed("C") != nullptr);
    CHECK(index.mentions("/a.py", "C"));
    disk.files["/a.py"] = "class D: pass\n";
    index.closeBuffer("/a.py");
    CHECK(index.file("/a.py")->index().classNamed("D") != nullptr);
  }
}

TEST_CASE("edits apply one after another") {
  SourceIndex index(nullptr);
  index.openBuffer("/a.py", "class A:\n    x = 1\n");
  const std::vector<TextEdit> edits = {{{{0, 6}, {0, 7}}, "Longer"},
                                       {{{0, 12}, {0, 12}}, "(Base)"}};
  CHECK(index.editBuffer("/a.py", edits));
  CHECK(index.file("/a.py")->text() == "class Longer(Base):\n    x = 1\n");
  CHECK(index.file("/a.py")->index().classNamed("Longer") != nullptr);
  CHECK(index.bufferLine("/a.py", 1) == "    x = 1");
  CHECK_FALSE(index.bufferLine("/a.py", 9).has_value());
  CHECK_FALSE(index.editBuffer("/none.py", edits));
}

TEST_CASE("a fork sees the buffers as they were and its parses come home") {
  FakeFiles disk{{{"/a.py", "A = 1\n"}, {"/b.py", "B = 1\n"}, {"/c.py", "C = 1\n"}}, {}};
  SourceIndex index(disk.reader());
  index.openBuffer("/a.py", "A = 2\n");
  SourceIndex fork = index.fork();
  const std::vector<TextEdit> edit = {{{{0, 4}, {0, 5}}, "3"}};
  index.editBuffer("/a.py", edit);
  CHECK(fork.file("/a.py")->text() == "A = 2\n");
  CHECK(index.file("/a.py")->text() == "A = 3\n");
  fork.file("/b.py");
  fork.file("/c.py");
  index.forget("/c.py");
  index.adopt(fork);
  index.file("/b.py");
  CHECK(disk.reads["/b.py"] == 1);
  index.file("/c.py");  // forgotten since the fork: its old text must not come back
  CHECK(disk.reads["/c.py"] == 2);
}

TEST_CASE("process paths are translated by whole components") {
  SourceIndex index(nullptr, {{"/app", "/home/me/project"}, {"/usr/lib/", "/mnt/lib"}});
  CHECK(index.localPath("/app/x.py") == "/home/me/project/x.py");
  CHECK(index.localPath("/application/x.py") == "/application/x.py");
  CHECK(index.localPath("/usr/lib/y.py") == "/mnt/lib/y.py");
  CHECK(index.processPath("/home/me/project/x.py") == "/app/x.py");
  CHECK(index.processPath("/elsewhere.py") == "/elsewhere.py");
}

// Pieces that edits insert: statements, halves of them, indentation, line endings, non-ASCII.
std::string randomPiece(std::mt19937& random) {
  static const std::vector<std::string> kPieces = {
      "class K(Base):\n    def m(self, x):\n        self.x[k] = (x, {})\n",
      "async def f():\n    await g()\n    return [i for i in self.z]\n",
      "x = f'{a[0]!r}'\n",
      "@dec\ndef h(a=1):\n    global x\n    x = {}\n",
      "(",
      "'",
      "\"\"\"",
      "\n",
      "    ",
      "x",
      "self.y.append(lambda: x)\n",
      "\xC3\xA9",
      "# c\n",
      "]",
      ":",
      "\\\n",
      "\t",
      ""};
  return kPieces[random() % kPieces.size()];
}

std::string randomText(std::mt19937& random) {
  std::string text = "import a\n";
  while (text.size() < 1500) {
    const std::string piece = randomPiece(random);
    if (piece.size() > 20) text += piece;
  }
  return text;
}

bool parsesWell(const std::string& text) {
  PythonParser parser;
  return !parser.parse(text).hasError();
}

TEST_CASE("incremental edits index exactly as a full parse does") {
  // How tree-sitter recovers from an error depends on what it saw before; where the text parses,
  // the way there must not matter. So every broken stretch is undone again and compared then.
  int compared = 0;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    std::string text = randomText(random);
    if (seed % 4 == 0) text += "\r\nx = 1\r\n";
    SourceIndex index(nullptr);
    index.openBuffer("/a.py", text);
    std::vector<TextEdit> undo;
    bool repairing = false;
    for (int step = 0; step < 80; ++step) {
      const LineTable lines(text);
      const auto size = static_cast<std::uint32_t>(text.size());
      TextEdit edit;
      repairing = undo.size() > 3 || (repairing && !undo.empty());
      if (repairing) {
        edit = undo.back();
        undo.pop_back();
      } else {
        const std::uint32_t begin = random() % (size + 1);
        const std::uint32_t end = std::min<std::uint32_t>(size, begin + random() % 12);
        edit = {{lines.positionOf(begin), lines.positionOf(end)}, randomPiece(random)};
      }
      const std::uint32_t begin = lines.offsetOf(text, edit.range.begin);
      const std::uint32_t end = std::max(begin, lines.offsetOf(text, edit.range.end));
      const std::string removed = text.substr(begin, end - begin);
      index.editBuffer("/a.py", std::span(&edit, 1));
      const auto now = index.file("/a.py");
      text = std::string(now->text());
      const auto newEnd = begin + static_cast<std::uint32_t>(edit.text.size());
      const bool good = parsesWell(text);
      if (!good && !repairing)
        undo.push_back(
            {{now->lines().positionOf(begin), now->lines().positionOf(newEnd)}, removed});
      if (!good) continue;
      undo.clear();
      ++compared;
      INFO("seed " << seed << " step " << step << "\n" << text);
      REQUIRE(dump(*now) == dump(*parsed(text)));
    }
  }
  CHECK(compared > 200);
}

std::string nodesOf(SyntaxNode node) {
  std::string out = std::to_string(static_cast<int>(node.kind())) + "." +
                    std::to_string(static_cast<int>(node.field())) + ":" +
                    std::to_string(node.begin()) + "-" + std::to_string(node.end());
  for (SyntaxNode child = node.firstChild(); child; child = child.next()) {
    out += "(" + nodesOf(child) + ")";
  }
  return out;
}

TEST_CASE("what is taken over from the tree before an edit is what a whole walk finds") {
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    std::mt19937 random(seed);
    Document document(randomText(random) +
                      "class Last:\n    def a(self):\n        def b(): pass\n");
    PythonParser parser;
    for (int step = 0; step < 60; ++step) {
      const auto size = static_cast<std::uint32_t>(document.text().size());
      const LineTable lines(document.text());
      const std::uint32_t begin = random() % (size + 1);
      const std::uint32_t end = std::min<std::uint32_t>(size, begin + random() % 12);
      document.apply({{lines.positionOf(begin), lines.positionOf(end)}, randomPiece(random)});
      if (random() % 3 == 0) continue;  // several edits before the next look
      const Syntax& syntax = document.syntax(parser);
      const Syntax whole = PythonParser::flatten(document.tree(), document.text());
      INFO("seed " << seed << " step " << step << "\n" << document.text());
      REQUIRE(nodesOf(syntax.root()) == nodesOf(whole.root()));
    }
  }
}

TEST_CASE("a file of 150 KB is indexed whole") {
  std::string text;
  int classes = 0;
  while (text.size() < 150 * 1024) {
    text += "class C" + std::to_string(classes++) +
            "(Base):\n    def __init__(self):\n        self._items = {}\n"
            "    def add(self, key, value):\n        self._items[key] = (value, {'k': key})\n\n";
  }
  const auto file = parsed(text);
  CHECK(file->index().classes.size() == static_cast<std::size_t>(classes));
  CHECK(file->index().uses.size() == static_cast<std::size_t>(2 * classes));
}

}  // namespace
}  // namespace whyalive::sources
