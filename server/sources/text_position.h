// Positions in a text, and their translation between the encodings an editor may negotiate.
//
// Inside the source layer a column is always a 0-based count of UTF-8 bytes in its line, as CPython
// and tree-sitter count; only these helpers know of UTF-16 and UTF-32. Invalid UTF-8 never fails: a
// stray byte counts as one character. Columns past the end of a line are clamped to its end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace whyalive::sources {

struct TextPosition {
  std::uint32_t line = 0;    // 0-based
  std::uint32_t column = 0;  // 0-based, UTF-8 bytes

  auto operator<=>(const TextPosition&) const = default;
};

struct TextRange {
  TextPosition begin;
  TextPosition end;  // exclusive

  bool operator==(const TextRange&) const = default;
};

// Replaces `range` by `text`. An edit outside the text is clamped into it.
struct TextEdit {
  TextRange range;
  std::string text;
};

enum class PositionEncoding { Utf8, Utf16, Utf32 };

// The byte column of the `character`-th code unit of `line`; inside a character: its first byte.
std::uint32_t toByteColumn(std::string_view line, std::uint32_t character,
                           PositionEncoding encoding);

// The code units before byte `column` of `line`; inside a character: those before the character.
std::uint32_t fromByteColumn(std::string_view line, std::uint32_t column,
                             PositionEncoding encoding);

}  // namespace whyalive::sources
