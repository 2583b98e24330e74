#include "server/features/code_actions.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "server/features/current_place.h"
#include "server/features/leak_location.h"
#include "server/features/rewrites.h"

namespace whyalive::features {
namespace {

using nlohmann::json;

constexpr const char* kJump = "";  // LSP's "empty" kind: neither a fix nor a refactoring
constexpr const char* kQuickFix = "quickfix";
constexpr const char* kRewrite = "refactor.rewrite";

// LSP: "refactor" asks for "refactor.rewrite" too.
bool wanted(const std::string& kind, const lsp::CodeActionContext& context) {
  if (!context.only) return true;
  return std::ranges::any_of(*context.only, [&](const std::string& asked) {
    return asked.empty() || kind == asked || kind.starts_with(asked + ".");
  });
}

// Suspects that stand on these lines, or whose diagnostics the editor names.
std::set<std::uint32_t> ranksAt(const FileView& view, const lsp::Range& range,
                                const lsp::CodeActionContext& context) {
  std::set<std::uint32_t> ranks;
  auto onLines = [&](std::uint32_t line) {
    return line >= range.start.line && line <= range.end.line;
  };
  for (const sources::Annotation& one : view.annotations) {
    if (onLines(one.line)) ranks.insert(one.suspectRank);
  }
  std::set<std::string> signatures;
  for (const lsp::ContextDiagnostic& one : context.diagnostics) {
    if (one.source != json("whyalive") || !one.data || !one.data->is_object()) continue;
    auto signature = one.data->find("signature");
    if (signature == one.data->end() || !signature->is_string()) continue;
    signatures.insert(signature->get<std::string>());
  }
  if (!view.suspects) return ranks;
  for (const sources::LocatedSuspect& one : *view.suspects) {
    if (signatures.contains(one.suspect.signature)) ranks.insert(one.suspect.rank);
    for (const sources::Location& place : one.locations) {
      if (place.file != view.file) continue;
      auto now = currentRange(view.lines, place);
      if (now && onLines(now->begin.line)) ranks.insert(one.suspect.rank);
    }
  }
  return ranks;
}

lsp::CodeAction commandAction(const char* kind, std::string title, std::string command,
                              json argument) {
  lsp::CodeAction action{title, kind, std::nullopt, std::nullopt};
  action.command = lsp::Command{std::move(title), std::move(command), json::array({argument})};
  return action;
}

// A jump is offered when it leads to another line than those chosen.
bool leadsAway(const FileView& view, const lsp::Range& range, const sources::Location* place) {
  if (!place) return false;
  if (place->file != view.file) return true;
  auto now = currentRange(view.lines, *place);
  return now && (now->begin.line < range.start.line || now->begin.line > range.end.line);
}

void addRewrites(const FileView& view, const lsp::Uri& uri, const sources::LocatedSuspect& suspect,
                 std::vector<lsp::CodeAction>& actions) {
  for (Rewrite& rewrite : rewrites(suspect, view.file, view.lines)) {
    lsp::CodeAction action{std::move(rewrite.title), kRewrite, lsp::WorkspaceEdit(), std::nullopt};
    for (sources::TextEdit& edit : rewrite.edits) {
      action.edit->changes[uri].push_back({view.lines.toLsp(edit.range), std::move(edit.text)});
    }
    actions.push_back(std::move(action));
  }
}

}  // namespace

std::vector<lsp::CodeAction> codeActions(const FileView& view, const lsp::Uri& uri,
                                         const lsp::Range& range,
                                         const lsp::CodeActionContext& context) {
  std::vector<lsp::CodeAction> actions;
  for (std::uint32_t rank : ranksAt(view, range, context)) {
    const sources::LocatedSuspect* suspect = suspectOfRank(view.suspects, rank);
    if (!suspect) continue;
    const std::string& holder = suspect->suspect.holder.expression;
    if (leadsAway(view, range, leakLocation(*suspect))) {
      actions.push_back(commandAction(kJump, "Go to what fills " + holder, "whyalive.jumpToLeak",
                                      {{"rank", rank}}));
    }
    if (leadsAway(view, range, holderLocation(*suspect))) {
      actions.push_back(commandAction(kJump, "Go to where " + holder + " is made",
                                      "whyalive.jumpToHolder", {{"rank", rank}}));
    }
    actions.push_back(commandAction(kQuickFix, "Mark as expected: " + suspect->suspect.title,
                                    "whyalive.expectSuspect",
                                    {{"signature", suspect->suspect.signature}}));
    addRewrites(view, uri, *suspect, actions);
  }
  std::erase_if(actions, [&](const lsp::CodeAction& one) { return !wanted(one.kind, context); });
  return actions;
}

}  // namespace whyalive::features
