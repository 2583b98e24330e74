// PackedColumn: numbers that are seldom asked for stay as the snapshot has them, one varint an
// object; the place of every 32nd is kept, the rest is found by stepping. AddressColumn: the same
// for addresses, which are stored as differences. The reader has checked that all varints are
// whole, so stepping needs no bounds. The bytes must outlive the column.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/snapshot/varint.h"
#include "server/heap/column.h"

namespace whyalive::heap {

class PackedColumn {
 public:
  static constexpr std::uint32_t kStride = 32;

  // While reading: the values begin here, and value i at `at`.
  void begin(const std::uint8_t* first, std::uint32_t count);
  void mark(std::uint32_t i, const std::uint8_t* at) {
    if (i % kStride == 0) start_.push_back(static_cast<std::uint64_t>(at - first_));
  }
  // The same values at another place.
  void moveTo(const std::uint8_t* first) { first_ = first; }

  std::uint32_t size() const { return count_; }
  std::uint64_t operator[](std::uint32_t i) const {
    const std::uint8_t* at = first_ + start_[i / kStride];
    std::uint64_t value = 0;
    for (std::uint32_t k = i % kStride + 1; k > 0; --k) at = next(at, value);
    return value;
  }
  // fn(i, value) for each value.
  template <class Fn>
  void forEach(Fn&& fn) const {
    const std::uint8_t* at = first_;
    for (std::uint32_t i = 0; i < count_; ++i) {
      std::uint64_t value = 0;
      at = next(at, value);
      fn(i, value);
    }
  }

 protected:
  static const std::uint8_t* next(const std::uint8_t* at, std::uint64_t& value) {
    if (*at < 0x80) {
      value = *at;
      return at + 1;
    }
    return snapshot::getVarint(at, at + snapshot::kMaxVarintBytes, value);
  }
  const std::uint8_t* placeOf(std::uint32_t block) const { return first_ + start_[block]; }

 private:
  const std::uint8_t* first_ = nullptr;
  std::uint32_t count_ = 0;
  Column<std::uint64_t> start_;  // of every kStride-th value
};

class AddressColumn : public PackedColumn {
 public:
  // While reading: value i at `at`, and what it is a difference to.
  void mark(std::uint32_t i, const std::uint8_t* at, std::uint64_t before);
  std::uint64_t operator[](std::uint32_t i) const;
  std::optional<std::uint32_t> find(std::uint64_t address) const;
  static std::uint64_t plus(std::uint64_t before, std::uint64_t stored) {
    return before + static_cast<std::uint64_t>(snapshot::unzigzag(stored)) * 8;
  }

 private:
  std::optional<std::uint32_t> findIn(std::uint32_t block, std::uint64_t address) const;
  // Before every kStride-th value. Addresses rise but for a few breaks, so a block holds what lies
  // between its beginning and the next one's; those with a break are looked through.
  Column<std::uint64_t> before_;
  std::vector<std::uint32_t> broken_;  // blocks
  std::uint64_t last_ = 0;
};

}  // namespace whyalive::heap
