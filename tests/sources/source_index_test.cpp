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

std::string nodesOf(SyntaxNode node) {
  std::string out = std::to_string(static_cast<int>(node.kind())) + "." +
                    std::to_string(static_cast<int>(node.field()));
  if (node.kind() != SyntaxKind::Module && node.kind() != SyntaxKind::ClassDefinition &&
      node.kind() != SyntaxKind::DecoratedDefinition && node.kind() != SyntaxKind::Block) {
    out += ":" + std::to_string(node.begin()) + "-" + std::to_string(node.end());
  }
  for (SyntaxNode child = node.firstChild(); child; child = child.next()) {
    out += "(" + nodesOf(child) + ")";
  }
  return out;
}

std::string wholeNodesOf(const std::string& text) {
  PythonParser parser;
  return nodesOf(PythonParser::flatten(parser.parse(text), text).root());
}

TextEdit randomEdit(const std::string& text, std::mt19937& random) {
  const LineTable lines(text);
  const auto size = static_cast<std::uint32_t>(text.size());
  const std::uint32_t begin = random() % (size + 1);
  const std::uint32_t end = std::min<std::uint32_t>(size, begin + random() % 12);
  return {{lines.positionOf(begin), lines.positionOf(end)}, randomPiece(random)};
}

// A class that is large enough to be split.
std::string largeClass() {
  std::string text =
      "@register\nclass Large(Base, metaclass=Meta):\n    \"\"\"Keeps.\n\nclass not:\n    \"\"\"\n";
  for (int i = 0; i < 30; ++i) {
    text += "    @property\n    def m" + std::to_string(i) +
            "(self, x):  # a method\n        if x:\n            self.x[k] = (x, [\n1])\n"
            "        else:\n            pass\n\n";
  }
  return text + "    if DEBUG:\n        y = 1\n    else:\n        y = 2\n";
}

TEST_CASE("an edited text has the syntax that the text has, however it came to be") {
  for (std::uint32_t seed = 1; seed <= 30; ++seed) {
    std::mt19937 random(seed);
    Document document(randomText(random) + largeClass() + randomText(random));
    PythonParser parser;
    for (int step = 0; step < 40; ++step) {
      document.apply(randomEdit(document.text(), random));
      if (random() % 3 == 0) continue;  // several edits before the next look
      PieceSyntax afresh;
      INFO("seed " << seed << " step " << step << "\n" << document.text());
      REQUIRE(nodesOf(document.syntax(parser).root()) ==
              nodesOf(afresh.of(document.text(), parser).root()));
    }
  }
}

// Statements of every kind, also such as a splitter could take for the begin or the end of one.
std::string randomProgram(std::mt19937& random) {
  static const std::vector<std::string> kStatements = {
      "class K(Base):\n    def m(self, x):\n        self.x[k] = (x, {})\n",
      "async def f():\n    await g()\n    return [i for i in self.z]\n",
      "x = f'{a[0]!r}'\n",
      "@dec\n@other(\n    1)\ndef h(a=1):\n    global x\n    x = {}\n",
      "if a:\n    b = 1\nelif c:\n    d = 2\nelse:\n    e = 3\n",
      "try:\n    a()\nexcept (A, B) as e:\n    raise\nelse:\n    b()\nfinally:\n    c()\n",
      "text = \"\"\"\nclass not:\n    def neither(self):\n\"\"\"\n",
      "long = [\n1,\n    2, '(', \"it's\",\n]\n",
      "a = b + \\\n    c\n",
      "with open(a) as b, open(c) as d:\n    e = '\\''\n",
      "class Inner(Outer):\n\n    class Deep:\n        z = 1\n\n    def last(self): pass\n",
      "# a comment: with a colon and a (\n",
      "for i in range(3): print(i)\n",
      "\n\n",
      "r = r'\\d'; s = b'\\\\'\n"};
  std::string text = "import a\n";
  const std::size_t size = 500 + random() % 3000;
  while (text.size() < size) text += kStatements[random() % kStatements.size()];
  return text;
}

std::string indented(const std::string& text, const std::string& by) {
  std::string out;
  bool inString = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at) + 1;
    const std::string line = text.substr(at, end - at);
    out += line == "\n" || inString ? line : by + line;
    if (line.find("\"\"\"") != std::string::npos) inString = !inString;
    at = end;
  }
  return out;
}

TEST_CASE("pieces come to what the whole text parses to") {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    std::mt19937 random(seed);
    std::string text = randomProgram(random) + "@register\nclass Large(Base, metaclass=Meta):\n" +
                       indented(randomProgram(random), seed % 3 == 0 ? "\t" : "  ") + "\n" +
                       randomProgram(random) + (seed % 5 == 0 ? "\r\nx = 1\r\n" : "");
    PythonParser parser;
    PieceSyntax pieces;
    INFO("seed " << seed << "\n" << text);
    REQUIRE_FALSE(parser.parse(text).hasError());
    REQUIRE(nodesOf(pieces.of(text, parser).root()) == wholeNodesOf(text));
  }
}

TEST_CASE("an edit costs the parse of the piece that it is in") {
  std::string text = "import a\n" + largeClass() + "def last():\n    return 1\n";
  Document document(text);
  PythonParser parser;
  document.syntax(parser);
  CHECK(document.parsedPieces() > 30);
  const auto typeAt = [&](std::string_view place, const std::string& what) {
    const LineTable lines(document.text());
    const auto at = static_cast<std::uint32_t>(document.text().find(place));
    document.apply({{lines.positionOf(at), lines.positionOf(at)}, what});
    const Syntax syntax = document.syntax(parser);
    return document.parsedPieces();
  };
  CHECK(typeAt("self.x[k]", "more = 1; ") == 1);
  CHECK(typeAt("return 1", "x = [") == 1);
  CHECK(typeAt("Base, metaclass", "Other, ") == 1);
  SECTION("also where it breaks the text") {
    const std::string method = "    def m7(self";
    CHECK(typeAt("        if x:\n", "x") <= 2);  // before the line, not within it
    CHECK(typeAt(method, "(") <= 2);
    const SourceFile file("/a.py", document.text(), document.syntax(parser));
    int methods = 0;
    for (const FunctionFact& one : file.index().functions) methods += one.cls >= 0 ? 1 : 0;
    CHECK(methods >= 28);
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
