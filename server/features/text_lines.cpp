#include "server/features/text_lines.h"

#include "server/sources/source_file.h"

namespace whyalive::features {

std::string_view TextLines::line(std::uint32_t number) const {
  return file_ ? file_->line(number) : std::string_view();
}

lsp::Position TextLines::toLsp(sources::TextPosition position) const {
  if (!file_) return {position.line, position.column};
  return {position.line, sources::fromByteColumn(line(position.line), position.column, encoding_)};
}

lsp::Range TextLines::toLsp(const sources::TextRange& range) const {
  return {toLsp(range.begin), toLsp(range.end)};
}

sources::TextPosition TextLines::fromLsp(lsp::Position position) const {
  if (!file_) return {position.line, position.character};
  return {position.line, sources::toByteColumn(line(position.line), position.character, encoding_)};
}

}  // namespace whyalive::features
