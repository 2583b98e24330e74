// UTF-8 from outside: made valid before anything of ours passes it on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace whyalive::heap {

// Decodes the code point at text[i] and moves i behind it. Malformed bytes, and surrogates, which a
// Python str may hold, give `valid` false: a malformed byte is consumed alone, a surrogate whole.
struct CodePoint {
  std::uint32_t value = 0;
  bool valid = true;
  bool surrogate = false;
};
CodePoint nextCodePoint(std::string_view text, std::size_t& i);
void appendUtf8(std::string& out, std::uint32_t codePoint);

// The text with every malformed byte and surrogate replaced by U+FFFD.
std::string validUtf8(std::string_view text);

}  // namespace whyalive::heap
