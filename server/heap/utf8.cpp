#include "server/heap/utf8.h"

namespace whyalive::heap {

CodePoint nextCodePoint(std::string_view text, std::size_t& i) {
  const auto byte = [&](std::size_t k) { return static_cast<std::uint8_t>(text[k]); };
  const std::uint8_t lead = byte(i);
  if (lead < 0x80) return {byte(i++), true, false};
  const int more = lead >= 0xF0 && lead < 0xF5 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC2 ? 1 : 0;
  if (more == 0 || lead >= 0xF5 || i + static_cast<std::size_t>(more) >= text.size()) {
    return {byte(i++), false, false};
  }
  std::uint32_t value = lead & (0x3Fu >> more);
  for (int k = 1; k <= more; ++k) {
    const std::uint8_t next = byte(i + static_cast<std::size_t>(k));
    if ((next & 0xC0) != 0x80) return {byte(i++), false, false};
    value = value << 6 | (next & 0x3Fu);
  }
  const bool tooLong = (more == 2 && value < 0x800) || (more == 3 && value < 0x10000);
  if (tooLong || value > 0x10FFFF) return {byte(i++), false, false};
  i += static_cast<std::size_t>(more) + 1;
  const bool surrogate = value >= 0xD800 && value < 0xE000;
  return {value, !surrogate, surrogate};
}

void appendUtf8(std::string& out, std::uint32_t c) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

std::string validUtf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = nextCodePoint(text, i);
    appendUtf8(out, c.valid ? c.value : 0xFFFD);
  }
  return out;
}

}  // namespace whyalive::heap
