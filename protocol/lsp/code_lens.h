// textDocument/codeLens, its resolve and its refresh.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "protocol/lsp/basic.h"
#include "protocol/lsp/command.h"

namespace whyalive::lsp {

struct CodeLensParams {
  TextDocumentIdentifier textDocument;
  static constexpr auto fields() {
    return std::tuple{json::required("textDocument", &CodeLensParams::textDocument)};
  }
};

struct CodeLens {
  Range range;
  std::optional<Command> command;
  std::optional<nlohmann::json> data;  // what resolve needs
  static constexpr auto fields() {
    return std::tuple{json::required("range", &CodeLens::range),
                      json::defaulted("command", &CodeLens::command),
                      json::defaulted("data", &CodeLens::data)};
  }
};

struct CodeLensRequest {
  static constexpr std::string_view kMethod = "textDocument/codeLens";
  using Params = CodeLensParams;
  using Result = std::vector<CodeLens>;
};
struct CodeLensResolve {
  static constexpr std::string_view kMethod = "codeLens/resolve";
  using Params = CodeLens;
  using Result = CodeLens;
};
struct CodeLensRefresh {
  static constexpr std::string_view kMethod = "workspace/codeLens/refresh";
  using Params = json::Null;
  using Result = json::Null;
};

}  // namespace whyalive::lsp
