#include "server/features/code_actions.h"

#include <algorithm>
#include <string>

#include "server/features/rewrites.h"
#include "tests/features/features_support.h"
#include "tests/support/catch.h"

namespace whyalive::features {
namespace {

using sources::Role;

// `text` after the edits of a rewrite, last one first so that none moves another.
std::string applied(std::string text, const Rewrite& rewrite) {
  auto edits = rewrite.edits;
  std::ranges::sort(edits, std::greater{},
                    [](const sources::TextEdit& one) { return one.range.begin; });
  for (const sources::TextEdit& edit : edits) {
    std::size_t start = 0;
    for (std::uint32_t i = 0; i < edit.range.begin.line; ++i) start = text.find('\n', start) + 1;
    text.replace(start + edit.range.begin.column, edit.range.end.column - edit.range.begin.column,
                 edit.text);
  }
  return text;
}

// What the one rewrite for `mark` in this role makes of the text; "" when none is offered.
std::string rewritten(const std::string& text, const std::string& mark, Role role,
                      std::vector<heap::TypeShare> entries = {}) {
  auto one = suspect(1, {location(text, mark, role)});
  one.suspect.evidence.entryTypes = std::move(entries);
  auto all = rewrites(one, kFile, TextLines(parse(kFile, text), sources::PositionEncoding::Utf8));
  return all.empty() ? "" : applied(text, all.at(0));
}

TEST_CASE("an unbounded cache becomes a bounded one") {
  auto after = [](const std::string& decorator) {
    std::string text = "import functools\n" + decorator + "\ndef f(x): return x\n";
    std::string result = rewritten(text, decorator, Role::Decorator);
    return result.empty() ? "" : result.substr(17, result.find("\ndef") - 17);
  };
  CHECK(after("@functools.lru_cache(maxsize=None)") == "@functools.lru_cache(maxsize=1024)");
  CHECK(after("@lru_cache(None)") == "@lru_cache(1024)");
  CHECK(after("@functools.cache") == "@functools.lru_cache(maxsize=1024)");
  CHECK(after("@cache").empty());  // lru_cache may not be imported
  CHECK(after("@lru_cache(maxsize=10)").empty());
  CHECK(after("@lru_cache(typed=None)").empty());
}

TEST_CASE("a read that should be the last becomes a pop") {
  auto after = [](const std::string& expression) {
    std::string text = "def f(self, k):\n    return " + expression + "\n";
    std::string result = rewritten(text, expression, Role::Cleanup);
    return result.empty() ? "" : result.substr(27, result.size() - 28);
  };
  CHECK(after("self.d[k]") == "self.d.pop(k)");
  CHECK(after("self.d[k[0]]") == "self.d.pop(k[0])");
  CHECK(after("self.d['a]'][k]") == "self.d['a]'].pop(k)");
  CHECK(after("self.d.get(k)") == "self.d.pop(k, None)");
  CHECK(after("self.d.get(k, 5)") == "self.d.pop(k, 5)");
  CHECK(after("self.d.get(f(k, 1))") == "self.d.pop(f(k, 1), None)");
  CHECK(after("self.d.get(k).get(j)") == "self.d.get(k).pop(j, None)");
  CHECK(after("self.d").empty());
  CHECK(after("f(self.d[k])").empty());
}

TEST_CASE("a dict of plain objects can hold them weakly") {
  std::string head = "from __future__ import annotations\nimport os\n";
  std::vector<heap::TypeShare> plain{{"app.Node", 10, 100}};
  CHECK(rewritten(head + "cache = {}\n", "cache = {}", Role::Define, plain) ==
        "from __future__ import annotations\nimport weakref\nimport os\n"
        "cache = weakref.WeakValueDictionary()\n");
  CHECK(rewritten("import weakref\ncache = dict()\n", "cache = dict()", Role::Define, plain) ==
        "import weakref\ncache = weakref.WeakValueDictionary()\n");
  CHECK(rewritten(head + "cache = {1: 2}\n", "cache = {1: 2}", Role::Define, plain).empty());
  CHECK(rewritten("cache = {}\n", "cache = {}", Role::Define, plain).empty());
  CHECK(rewritten(head + "cache = {}\n", "cache = {}", Role::Define, {{"tuple", 9, 9}}).empty());
  CHECK(rewritten(head + "cache = {}\n", "cache = {}", Role::Define,
                  {{"app.Node", 9, 9}, {"int", 1, 1}})
            .empty());
}

TEST_CASE("a reference back to the owner can be a weak one") {
  const auto after = [](const std::string& text, const std::string& statement) {
    auto cycle = suspect(1, {location(text, statement, Role::Define)});
    cycle.suspect.kind = heap::SuspectKind::GarbageCycle;
    const auto all = rewrites(cycle, kFile, view(text, {}, {cycle}).lines);
    return all.empty() ? std::string() : all.front().edits.front().text;
  };
  CHECK(after("import os\nself.parent = parent\n", "self.parent = parent") ==
        "weakref.proxy(parent) if parent is not None else None");
  CHECK(after("import os\nself.parent = find(x)\n", "self.parent = find(x)").empty());
  CHECK(after("self.parent = parent\n", "self.parent = parent").empty());
}

const std::string kText =
    "import functools\n"
    "class Client:\n"
    "    def __init__(self):\n"
    "        self.é = 1; self._expected = {}\n"
    "    def send(self, x):\n"
    "        self._expected[x] = x\n"
    "    def take(self, x):\n"
    "        return self._expected[x]\n";

FileView example(sources::PositionEncoding encoding = sources::PositionEncoding::Utf16) {
  return view(kText, {},
              {suspect(1, {location(kText, "self._expected[x] = x", Role::Store),
                           location(kText, "self._expected = {}", Role::Define),
                           location(kText, "self._expected[x]\n", Role::Cleanup)})},
              encoding);
}

std::vector<std::string> titles(const std::vector<lsp::CodeAction>& actions) {
  std::vector<std::string> all;
  for (const lsp::CodeAction& one : actions) all.push_back(one.title);
  return all;
}

TEST_CASE("actions stand on each line of a suspect and lead to the others") {
  auto at = [](std::uint32_t line) {
    return titles(codeActions(example(), "file:///work/app.py", {{line, 0}, {line, 0}}, {}));
  };
  CHECK(at(5) == std::vector<std::string>{"Go to where __main__.client._expected is made",
                                          "Mark as expected: client._expected holds 3100 entries"});
  CHECK(at(3) == std::vector<std::string>{"Go to what fills __main__.client._expected",
                                          "Mark as expected: client._expected holds 3100 entries"});
  CHECK(at(0).empty());
}

TEST_CASE("actions are also found by the diagnostic that the editor names") {
  lsp::CodeActionContext context;
  context.diagnostics.push_back(
      {nlohmann::json("whyalive"), nlohmann::json{{"signature", "5ca1ab1e"}}});
  CHECK(codeActions(example(), "u", {{0, 0}, {0, 0}}, context).size() >= 3);
  context.diagnostics[0] = {nlohmann::json("other"), nlohmann::json{{"signature", "5ca1ab1e"}}};
  CHECK(codeActions(example(), "u", {{0, 0}, {0, 0}}, context).empty());
  context.diagnostics[0] = {nlohmann::json("whyalive"), nlohmann::json{{"signature", 5}}};
  CHECK(codeActions(example(), "u", {{0, 0}, {0, 0}}, context).empty());
}

TEST_CASE("only the kinds that are asked for come") {
  auto of = [](std::vector<std::string> only) {
    lsp::CodeActionContext context;
    context.only = std::move(only);
    return codeActions(example(), "u", {{5, 0}, {5, 0}}, context).size();
  };
  CHECK(of({"quickfix"}) == 1);
  CHECK(of({"source.organizeImports"}) == 0);
  CHECK(of({""}) == 2);
}

TEST_CASE("the edit of an action is in the negotiated encoding") {
  std::string text = "import os\né = 1; cache = {}\n";
  auto one = suspect(1, {location(text, "cache = {}", Role::Define)});
  one.suspect.evidence.entryTypes = {{"app.Node", 1, 1}};
  auto actions = codeActions(view(text, {}, {one}), "file:///work/app.py", {{1, 0}, {1, 0}}, {});
  auto rewrite = std::ranges::find(actions, "refactor.rewrite", &lsp::CodeAction::kind);
  REQUIRE(rewrite != actions.end());
  const auto& edits = rewrite->edit->changes.at("file:///work/app.py");
  CHECK(edits.at(0).range == lsp::Range{{1, 15}, {1, 17}});
  CHECK(edits.at(1).newText == "import weakref\n");
}

}  // namespace
}  // namespace whyalive::features
