#include "server/pictures/escape.h"

#include <cstdint>

#include "server/heap/utf8.h"

namespace whyalive::pictures {
namespace {

// Characters that would not be seen as what they are: controls, separators, marks of direction and
// joining, private and unassigned ends of planes, what XML 1.0 forbids.
bool isHidden(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x61C || c == 0x180E ||
         (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFFF0 && c <= 0xFFFB) ||
         (c & 0xFFFE) == 0xFFFE || (c >= 0xE0000 && c <= 0xE0FFF) || c > 0x10FFFF;
}

void appendHex(std::string& out, std::uint32_t value) {
  constexpr char kDigits[] = "0123456789abcdef";
  const int digits = value < 0x100 ? 2 : value < 0x10000 ? 4 : 8;
  out += digits == 2 ? "\\x" : digits == 4 ? "\\u" : "\\U";
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) out += kDigits[value >> shift & 15];
}

}  // namespace

std::string printableText(std::string_view text, std::size_t limit) {
  std::string out;
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++count) {
    if (count >= limit) return out + "…";
    const heap::CodePoint c = heap::nextCodePoint(text, i);
    if (!c.valid || isHidden(c.value)) {
      appendHex(out, c.value);
    } else {
      heap::appendUtf8(out, c.value);
    }
  }
  return out;
}

std::string markup(std::string_view printable) {
  std::string out;
  for (const char c : printable) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string quoted(std::string_view printable) {
  std::string out = "\"";
  for (const char c : printable) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;  // escString: two make one
      case '&': out += "&amp;"; break;
      default: out += c;
    }
  }
  return out + "\"";
}

}  // namespace whyalive::pictures
