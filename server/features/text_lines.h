// TextLines: one frozen text cut into lines, and the way between the source layer's byte columns
// and the positions that an editor negotiated. Line ends as LSP has them: \n, \r\n, \r.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/lsp/basic.h"
#include "server/sources/text_position.h"

namespace whyalive::features {

class TextLines {
 public:
  // A null text has no lines.
  TextLines(std::shared_ptr<const std::string> text, sources::PositionEncoding encoding);

  std::uint32_t count() const { return static_cast<std::uint32_t>(starts_.size()); }
  // Without its end; empty past the last line.
  std::string_view line(std::uint32_t number) const;

  lsp::Position toLsp(sources::TextPosition position) const;
  lsp::Range toLsp(const sources::TextRange& range) const;
  sources::TextPosition fromLsp(lsp::Position position) const;

 private:
  std::shared_ptr<const std::string> text_;
  sources::PositionEncoding encoding_;
  std::vector<std::uint32_t> starts_;
};

}  // namespace whyalive::features
