#include <string>

#include "server/features/code_lenses.h"
#include "server/features/hover.h"
#include "server/features/inlay_hints.h"
#include "tests/features/features_support.h"
#include "tests/support/catch.h"

namespace whyalive::features {
namespace {

using sources::AnnotationKind;
using sources::Role;

const std::string kText =
    "class Client:\n"
    "    def __init__(self):\n"
    "        self._expected = {}  # é𝄞\n"
    "    def send(self, x):\n"
    "        self._expected[x] = x\n";

FileView example(sources::PositionEncoding encoding = sources::PositionEncoding::Utf16) {
  return view(kText,
              {annotation(kText, "Client", AnnotationKind::Class, "3 live"),
               annotation(kText, "_expected = {}", AnnotationKind::Define, "3,100 entries", 1),
               annotation(kText, "_expected[x]", AnnotationKind::Store, "⟵ keeps 3,100 Iq", 1)},
              {suspect(1, {location(kText, "self._expected[x] = x", Role::Store),
                           location(kText, "self._expected = {}", Role::Define)})},
              encoding);
}

const lsp::Range kEverything{{0, 0}, {100, 0}};

TEST_CASE("hints stand behind the code, in the negotiated encoding") {
  auto at = [](sources::PositionEncoding encoding) {
    auto hints = inlayHints(example(encoding), kEverything, HintDetail::OnResolve);
    REQUIRE(hints.size() == 3);
    return hints[1].position;
  };
  // "        self._expected = {}  # " is 31 characters, then é and a clef.
  CHECK(at(sources::PositionEncoding::Utf8) == lsp::Position{2, 37});
  CHECK(at(sources::PositionEncoding::Utf16) == lsp::Position{2, 34});
  CHECK(at(sources::PositionEncoding::Utf32) == lsp::Position{2, 33});
}

TEST_CASE("only hints of the asked range come") {
  CHECK(inlayHints(example(), {{1, 0}, {3, 0}}, HintDetail::OnResolve).size() == 1);
  CHECK(inlayHints(example(), {{3, 0}, {4, 0}}, HintDetail::OnResolve).empty());
}

TEST_CASE("details come at once, or by resolve") {
  auto full = inlayHints(example(), kEverything, HintDetail::Full);
  REQUIRE(full[0].tooltip);
  CHECK(full[0].tooltip->value == "about **Client**");
  CHECK(std::get<std::string>(full[0].label) == "3 live");

  auto lazy = inlayHints(example(), kEverything, HintDetail::OnResolve);
  CHECK_FALSE(lazy[0].tooltip);
  REQUIRE(fileOfHint(lazy[0]));
  CHECK(*fileOfHint(lazy[0]) == kFile);
  auto resolved = resolveInlayHint(example(), lazy[0]);
  REQUIRE(resolved.tooltip);
  CHECK(resolved.tooltip->value == full[0].tooltip->value);
}

TEST_CASE("the hint of a suspect leads to its other line, never to itself") {
  auto hints = inlayHints(example(), kEverything, HintDetail::Full);
  auto linkOf = [](const lsp::InlayHint& hint) {
    return std::get<std::vector<lsp::InlayHintLabelPart>>(hint.label).at(0).location->range.start;
  };
  CHECK(linkOf(hints[1]) == lsp::Position{4, 0});  // from where it is made to where it is filled
  CHECK(linkOf(hints[2]) == lsp::Position{2, 0});
}

TEST_CASE("a hint that leads nowhere else shows the instances it speaks of") {
  FileView view = example();
  view.annotations[0].type = "app.Client";
  auto commandOf = [&] {
    auto hint = inlayHints(view, kEverything, HintDetail::Full)[0];
    return std::get<std::vector<lsp::InlayHintLabelPart>>(hint.label).at(0).command.value();
  };
  CHECK(commandOf().command == "whyalive.tellInstances");
  CHECK(*commandOf().arguments == nlohmann::json::parse(R"([{"type":"app.Client"}])"));
  view.reader.answers = Answers::ByClient;
  CHECK(commandOf().command == "whyalive.showInstances");
}

TEST_CASE("a client without Markdown gets none") {
  FileView view = example();
  view.annotations[0].tooltip = "**app.\\_Client** (`a*b\\_`)\n\n3 \\<live\\>";
  view.reader.markup = Markup::PlainText;
  auto hint = inlayHints(view, kEverything, HintDetail::Full)[0];
  CHECK(hint.tooltip->kind == "plaintext");
  CHECK(hint.tooltip->value == "app._Client (a*b\\_)\n\n3 <live>");
  CHECK(hover(view, {0, 8})->contents.value == hint.tooltip->value);
}

TEST_CASE("a hint of an older snapshot, or none of ours, comes back as it was") {
  auto hint = inlayHints(example(), kEverything, HintDetail::OnResolve)[0];
  (*hint.data)["snapshot"] = "s0";
  CHECK_FALSE(resolveInlayHint(example(), hint).tooltip);
  hint.data = nlohmann::json{{"file", 5}};
  CHECK_FALSE(fileOfHint(hint));
  CHECK_FALSE(resolveInlayHint(example(), hint).tooltip);
  hint.data.reset();
  CHECK_FALSE(fileOfHint(hint));
}

TEST_CASE("classes and suspects have lenses; a suspect's leads to the leak") {
  auto lenses = codeLenses(example());
  REQUIRE(lenses.size() == 6);
  const auto questions = std::vector(lenses.begin() + 1, lenses.begin() + 4);
  lenses.erase(lenses.begin() + 1, lenses.begin() + 4);
  for (const lsp::CodeLens& question : questions) {
    REQUIRE(question.command);
    CHECK(question.range == lenses[0].range);
    CHECK(question.command->arguments->at(0).contains("type"));
    CHECK(resolveCodeLens(example(), question).command->title == question.command->title);
  }
  CHECK(questions[0].command->command == "whyalive.tellWhyAlive");
  FileView forClient = example();
  forClient.reader.answers = Answers::ByClient;
  CHECK(codeLenses(forClient)[1].command->command == "whyalive.whyAlive");
  CHECK(lenses[0].range == lsp::Range{{0, 6}, {0, 12}});
  REQUIRE(lenses[0].command);
  CHECK(lenses[0].command->title == "3 live");

  auto counted = resolveCodeLens(example(), lenses[0]);
  CHECK(counted.command->title == "3 live");
  CHECK(counted.command->command.empty());

  auto leak = resolveCodeLens(example(), lenses[1]);
  CHECK(leak.command->title == "suspect 1: client._expected holds 3100 entries");
  CHECK(leak.command->command == "whyalive.jumpToLeak");
  CHECK(*leak.command->arguments == nlohmann::json::parse(R"([{"rank":1}])"));

  (*lenses[1].data)["line"] = 99;
  CHECK(resolveCodeLens(example(), lenses[1]).command->title == "out of date");
}

TEST_CASE("hover speaks of the name under the cursor, and of a store's whole line") {
  auto onClass = hover(example(), {0, 8});
  REQUIRE(onClass);
  CHECK(onClass->contents.value == "about **Client**");
  CHECK(*onClass->range == lsp::Range{{0, 6}, {0, 12}});
  CHECK_FALSE(hover(example(), {0, 0}));
  CHECK_FALSE(hover(example(), {1, 8}));
  auto onStore = hover(example(), {4, 28});
  REQUIRE(onStore);
  CHECK(onStore->contents.value == "about **_expected[x]**");
  CHECK_FALSE(onStore->range);
}

}  // namespace
}  // namespace whyalive::features
