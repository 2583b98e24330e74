// TextLines: the lines of one frozen file, and the way between the source layer's byte columns and
// the positions that an editor negotiated.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "protocol/lsp/basic.h"
#include "server/sources/text_position.h"

namespace whyalive::sources {
class SourceFile;
}

namespace whyalive::features {

class TextLines {
 public:
  // Without a file (it cannot be read) there are no lines; columns then stay as they are.
  TextLines(std::shared_ptr<const sources::SourceFile> file, sources::PositionEncoding encoding)
      : file_(std::move(file)), encoding_(encoding) {}

  const std::shared_ptr<const sources::SourceFile>& file() const { return file_; }

  // Without its end; empty past the last line.
  std::string_view line(std::uint32_t number) const;

  lsp::Position toLsp(sources::TextPosition position) const;
  lsp::Range toLsp(const sources::TextRange& range) const;
  sources::TextPosition fromLsp(lsp::Position position) const;

 private:
  std::shared_ptr<const sources::SourceFile> file_;
  sources::PositionEncoding encoding_;
};

}  // namespace whyalive::features
