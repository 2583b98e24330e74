// bitCount: how many bits of a word are set. std::popcount is a call into a library where the
// compiler may not use the processor's own instruction, which not every processor has.
#pragma once

#include <cstdint>

namespace whyalive::heap {

constexpr std::uint32_t bitCount(std::uint64_t word) {
  word -= word >> 1 & 0x5555555555555555;
  word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
  word = (word + (word >> 4)) & 0x0F0F0F0F0F0F0F0F;
  return static_cast<std::uint32_t>(word * 0x0101010101010101 >> 56);
}
static_assert(bitCount(0) == 0 && bitCount(~std::uint64_t{0}) == 64 && bitCount(0xF0F1) == 9);

}  // namespace whyalive::heap
