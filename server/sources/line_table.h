// LineTable: where the lines of a text begin, as editors count them ("\n", "\r\n" and a lone "\r"
// end a line). Offsets are bytes. Immutable; does not keep the text.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "server/sources/text_position.h"

namespace whyalive::sources {

class LineTable {
 public:
  LineTable() : starts_{0} {}
  explicit LineTable(std::string_view text);

  std::uint32_t lineCount() const { return static_cast<std::uint32_t>(starts_.size()); }
  std::uint32_t lineOf(std::uint32_t offset) const;  // 0-based
  TextPosition positionOf(std::uint32_t offset) const;
  // Clamped into the text: never after the end of the line's own characters.
  std::uint32_t offsetOf(std::string_view text, TextPosition position) const;
  // Without its line ending; empty when there is no such line.
  std::string_view line(std::string_view text, std::uint32_t number) const;

 private:
  std::vector<std::uint32_t> starts_;
};

}  // namespace whyalive::sources
