#include "server/sources/text_position.h"

#include <algorithm>

namespace whyalive::sources {
namespace {

struct Character {
  std::uint32_t bytes = 1;
  std::uint32_t utf16 = 1;
};

bool continues(std::string_view text, std::size_t at, std::uint32_t count) {
  if (at + count >= text.size()) return false;
  for (std::uint32_t i = 1; i <= count; ++i) {
    if ((static_cast<unsigned char>(text[at + i]) & 0xC0u) != 0x80u) return false;
  }
  return true;
}

Character characterAt(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead >= 0xC2 && lead < 0xE0 && continues(text, at, 1)) return {2, 1};
  if (lead >= 0xE0 && lead < 0xF0 && continues(text, at, 2)) return {3, 1};
  if (lead >= 0xF0 && lead < 0xF5 && continues(text, at, 3)) return {4, 2};
  return {1, 1};
}

std::uint32_t unitsOf(Character character, PositionEncoding encoding) {
  return encoding == PositionEncoding::Utf16 ? character.utf16 : 1;
}

}  // namespace

std::uint32_t toByteColumn(std::string_view line, std::uint32_t character,
                           PositionEncoding encoding) {
  const auto size = static_cast<std::uint32_t>(line.size());
  if (encoding == PositionEncoding::Utf8) return std::min(character, size);
  std::uint32_t byte = 0;
  std::uint32_t units = 0;
  while (byte < size) {
    const Character next = characterAt(line, byte);
    units += unitsOf(next, encoding);
    if (units > character) break;
    byte += next.bytes;
  }
  return byte;
}

std::uint32_t fromByteColumn(std::string_view line, std::uint32_t column,
                             PositionEncoding encoding) {
  const auto size = static_cast<std::uint32_t>(line.size());
  if (encoding == PositionEncoding::Utf8) return std::min(column, size);
  std::uint32_t byte = 0;
  std::uint32_t units = 0;
  while (byte < size) {
    const Character next = characterAt(line, byte);
    if (byte + next.bytes > column) break;
    byte += next.bytes;
    units += unitsOf(next, encoding);
  }
  return units;
}

}  // namespace whyalive::sources
