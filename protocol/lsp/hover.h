// textDocument/hover.
#pragma once

#include <optional>
#include <string_view>

#include "protocol/lsp/basic.h"

namespace whyalive::lsp {

struct Hover {
  MarkupContent contents;
  std::optional<Range> range;
  static constexpr auto fields() {
    return std::tuple{json::required("contents", &Hover::contents),
                      json::defaulted("range", &Hover::range)};
  }
};

struct HoverRequest {
  static constexpr std::string_view kMethod = "textDocument/hover";
  using Params = TextDocumentPositionParams;
  using Result = std::optional<Hover>;
};

}  // namespace whyalive::lsp
