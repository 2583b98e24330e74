// BitSet: one bit for each of many things, all clear once made. Memory that is never touched costs
// nothing (zero_column.h).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "server/heap/zero_column.h"

namespace whyalive::heap {

class BitSet {
 public:
  explicit BitSet(std::size_t size) : words_(size / 64 + 1) {}

  bool has(std::uint32_t i) const { return (words_[i >> 6] >> (i & 63) & 1) != 0; }
  // Whether it is new.
  bool add(std::uint32_t i) {
    const std::uint64_t bit = std::uint64_t{1} << (i & 63);
    const bool fresh = (words_[i >> 6] & bit) == 0;
    words_[i >> 6] |= bit;
    return fresh;
  }
  void addRange(std::uint32_t begin, std::uint32_t end) {
    for (; begin < end && (begin & 63) != 0; ++begin) add(begin);
    for (; begin + 64 <= end; begin += 64) words_[begin >> 6] = ~std::uint64_t{0};
    for (; begin < end; ++begin) add(begin);
  }
  // The first of them from there on that is below the end, else the end.
  std::uint32_t next(std::uint32_t from, std::uint32_t end) const {
    while (from < end) {
      const std::uint64_t rest = words_[from >> 6] >> (from & 63);
      if (rest != 0) {
        from += static_cast<std::uint32_t>(std::countr_zero(rest));
        return from < end ? from : end;
      }
      from = (from | 63) + 1;
    }
    return end;
  }

 private:
  ZeroColumn<std::uint64_t> words_;
};

}  // namespace whyalive::heap
