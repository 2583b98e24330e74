#include "server/sources/line_table.h"

#include <algorithm>

namespace whyalive::sources {

LineTable::LineTable(std::string_view text) : starts_{0} {
  starts_.reserve(text.size() / 32 + 1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool ends =
        text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'));
    if (ends) starts_.push_back(static_cast<std::uint32_t>(i + 1));
  }
}

std::uint32_t LineTable::lineOf(std::uint32_t offset) const {
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  return static_cast<std::uint32_t>(after - starts_.begin()) - 1;
}

TextPosition LineTable::positionOf(std::uint32_t offset) const {
  const std::uint32_t number = lineOf(offset);
  return {number, offset - starts_[number]};
}

std::uint32_t LineTable::offsetOf(std::string_view text, TextPosition position) const {
  if (position.line >= lineCount()) return static_cast<std::uint32_t>(text.size());
  const auto length = static_cast<std::uint32_t>(line(text, position.line).size());
  return starts_[position.line] + std::min(position.column, length);
}

std::string_view LineTable::line(std::string_view text, std::uint32_t number) const {
  if (number >= lineCount()) return {};
  const std::size_t begin = starts_[number];
  std::size_t end = number + 1 < lineCount() ? starts_[number + 1] : text.size();
  while (end > begin && (text[end - 1] == '\n' || text[end - 1] == '\r')) --end;
  return text.substr(begin, end - begin);
}

}  // namespace whyalive::sources
