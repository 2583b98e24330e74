#include "server/heap/packed_column.h"

#include <algorithm>

namespace whyalive::heap {

void PackedColumn::begin(const std::uint8_t* first, std::uint32_t count) {
  first_ = first;
  count_ = count;
  start_.reserve(count / kStride + 1);
}

void AddressColumn::mark(std::uint32_t i, const std::uint8_t* at, std::uint64_t before) {
  PackedColumn::mark(i, at);
  if (i % kStride == 0) before_.push_back(before);
  if (before < last_) {  // the value before this one, which `before` is, went back
    const std::uint32_t block = (i - 1) / kStride;
    if (broken_.empty() || broken_.back() != block) broken_.push_back(block);
  }
  last_ = before;
}

std::uint64_t AddressColumn::operator[](std::uint32_t i) const {
  const std::uint8_t* at = placeOf(i / kStride);
  std::uint64_t address = before_[i / kStride];
  for (std::uint32_t k = i % kStride + 1; k > 0; --k) {
    std::uint64_t stored = 0;
    at = next(at, stored);
    address = plus(address, stored);
  }
  return address;
}

std::optional<std::uint32_t> AddressColumn::findIn(std::uint32_t block,
                                                   std::uint64_t address) const {
  const std::uint8_t* at = placeOf(block);
  std::uint64_t here = before_[block];
  const std::uint32_t end = std::min(size(), (block + 1) * kStride);
  for (std::uint32_t i = block * kStride; i < end; ++i) {
    std::uint64_t stored = 0;
    at = next(at, stored);
    here = plus(here, stored);
    if (here == address) return i;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> AddressColumn::find(std::uint64_t address) const {
  for (const std::uint32_t block : broken_) {
    if (const auto found = findIn(block, address)) return found;
  }
  for (std::uint32_t block = 0; block < before_.size(); ++block) {
    const bool last = block + 1 == before_.size();
    if (before_[block] < address && (last || address <= before_[block + 1])) {
      if (const auto found = findIn(block, address)) return found;
    }
  }
  return std::nullopt;
}

}  // namespace whyalive::heap
