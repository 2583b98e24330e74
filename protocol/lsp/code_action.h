// textDocument/codeAction, with edits that need no resolve.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/lsp/basic.h"
#include "protocol/lsp/command.h"
#include "protocol/lsp/diagnostics.h"

namespace whyalive::lsp {

// A diagnostic as a client gives it back: other servers' ones are among them, so only what is ours
// is read.
struct ContextDiagnostic {
  std::optional<nlohmann::json> source;
  std::optional<nlohmann::json> data;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("source", &ContextDiagnostic::source),
                      json::defaulted("data", &ContextDiagnostic::data)};
  }
};

struct CodeActionContext {
  std::vector<ContextDiagnostic> diagnostics;
  std::optional<std::vector<std::string>> only;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("diagnostics", &CodeActionContext::diagnostics),
                      json::defaulted("only", &CodeActionContext::only)};
  }
};

struct CodeActionParams {
  TextDocumentIdentifier textDocument;
  Range range;
  CodeActionContext context;
  static constexpr auto fields() {
    return std::tuple{json::required("textDocument", &CodeActionParams::textDocument),
                      json::required("range", &CodeActionParams::range),
                      json::required("context", &CodeActionParams::context)};
  }
};

struct TextEdit {
  Range range;
  std::string newText;
  static constexpr auto fields() {
    return std::tuple{json::required("range", &TextEdit::range),
                      json::required("newText", &TextEdit::newText)};
  }
};

struct WorkspaceEdit {
  std::map<Uri, std::vector<TextEdit>> changes;
  static constexpr auto fields() {
    return std::tuple{json::required("changes", &WorkspaceEdit::changes)};
  }
};

struct CodeAction {
  std::string title;
  std::string kind;  // "quickfix", "refactor.rewrite", "source" …
  std::optional<WorkspaceEdit> edit;
  std::optional<Command> command;
  static constexpr auto fields() {
    return std::tuple{json::required("title", &CodeAction::title),
                      json::defaulted("kind", &CodeAction::kind),
                      json::defaulted("edit", &CodeAction::edit),
                      json::defaulted("command", &CodeAction::command)};
  }
};

struct CodeActionRequest {
  static constexpr std::string_view kMethod = "textDocument/codeAction";
  using Params = CodeActionParams;
  using Result = std::vector<CodeAction>;
};

}  // namespace whyalive::lsp
