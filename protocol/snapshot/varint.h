// Variable-length integers (LEB128, unsigned) and zigzag, as the snapshot stores them.
// Encoders assume room for kMaxVarintBytes; decoders check every bound and never read past `end`.
#pragma once

#include <cstdint>

namespace whyalive::snapshot {

inline constexpr int kMaxVarintBytes = 10;

inline std::uint8_t* putVarint(std::uint8_t* out, std::uint64_t value) {
  while (value >= 0x80) {
    *out++ = static_cast<std::uint8_t>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<std::uint8_t>(value);
  return out;
}

// Returns the byte after the integer, or nullptr when the bytes end early or hold more than 64
// bits.
inline const std::uint8_t* getVarint(const std::uint8_t* in, const std::uint8_t* end,
                                     std::uint64_t& value) {
  std::uint64_t result = 0;
  for (int shift = 0; shift < 64 && in != end; shift += 7) {
    const std::uint64_t byte = *in++;
    if (shift == 63 && byte > 1) return nullptr;
    result |= (byte & 0x7F) << shift;
    if (byte < 0x80) {
      value = result;
      return in;
    }
  }
  return nullptr;
}

constexpr std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}

}  // namespace whyalive::snapshot
