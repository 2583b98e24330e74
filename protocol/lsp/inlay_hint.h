// textDocument/inlayHint, its resolve and its refresh.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/lsp/basic.h"
#include "protocol/lsp/command.h"

namespace whyalive::lsp {

struct InlayHintParams {
  TextDocumentIdentifier textDocument;
  Range range;
  static constexpr auto fields() {
    return std::tuple{json::required("textDocument", &InlayHintParams::textDocument),
                      json::required("range", &InlayHintParams::range)};
  }
};

struct InlayHintLabelPart {
  std::string value;
  std::optional<MarkupContent> tooltip;
  std::optional<Location> location;
  std::optional<Command> command;
  static constexpr auto fields() {
    return std::tuple{json::required("value", &InlayHintLabelPart::value),
                      json::defaulted("tooltip", &InlayHintLabelPart::tooltip),
                      json::defaulted("location", &InlayHintLabelPart::location),
                      json::defaulted("command", &InlayHintLabelPart::command)};
  }
};

struct InlayHint {
  Position position;
  std::variant<std::string, std::vector<InlayHintLabelPart>> label;
  std::optional<MarkupContent> tooltip;
  bool paddingLeft = false;
  std::optional<nlohmann::json> data;  // what resolve needs
  static constexpr auto fields() {
    return std::tuple{json::required("position", &InlayHint::position),
                      json::required("label", &InlayHint::label),
                      json::defaulted("tooltip", &InlayHint::tooltip),
                      json::defaulted("paddingLeft", &InlayHint::paddingLeft),
                      json::defaulted("data", &InlayHint::data)};
  }
};

struct InlayHintRequest {
  static constexpr std::string_view kMethod = "textDocument/inlayHint";
  using Params = InlayHintParams;
  using Result = std::vector<InlayHint>;
};
struct InlayHintResolve {
  static constexpr std::string_view kMethod = "inlayHint/resolve";
  using Params = InlayHint;
  using Result = InlayHint;
};
struct InlayHintRefresh {
  static constexpr std::string_view kMethod = "workspace/inlayHint/refresh";
  using Params = json::Null;
  using Result = json::Null;
};

}  // namespace whyalive::lsp
