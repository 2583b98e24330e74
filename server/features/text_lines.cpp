#include "server/features/text_lines.h"

namespace whyalive::features {

TextLines::TextLines(std::shared_ptr<const std::string> text, sources::PositionEncoding encoding)
    : text_(std::move(text)), encoding_(encoding) {
  if (!text_) return;
  starts_.push_back(0);
  for (std::size_t i = 0; i < text_->size(); ++i) {
    char c = (*text_)[i];
    bool pair = c == '\r' && i + 1 < text_->size() && (*text_)[i + 1] == '\n';
    if (c == '\n' || (c == '\r' && !pair)) starts_.push_back(static_cast<std::uint32_t>(i + 1));
  }
}

std::string_view TextLines::line(std::uint32_t number) const {
  if (number >= starts_.size()) return {};
  std::size_t end = number + 1 < starts_.size() ? starts_[number + 1] : text_->size();
  std::string_view text(text_->data() + starts_[number], end - starts_[number]);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

lsp::Position TextLines::toLsp(sources::TextPosition position) const {
  return {position.line, sources::fromByteColumn(line(position.line), position.column, encoding_)};
}

lsp::Range TextLines::toLsp(const sources::TextRange& range) const {
  return {toLsp(range.begin), toLsp(range.end)};
}

sources::TextPosition TextLines::fromLsp(lsp::Position position) const {
  return {position.line, sources::toByteColumn(line(position.line), position.character, encoding_)};
}

}  // namespace whyalive::features
