#include "agent/walk/address_map.h"

#include <algorithm>

namespace whyalive::agent {

AddressMap::Word* AddressMap::newPlane() {
  constexpr std::size_t planeBytes = (kWordMask + 1) * sizeof(Word);
  constexpr std::size_t chunkBytes = 64 * planeBytes;
  if (chunkLeft_ == 0) {
    chunk_ = static_cast<std::uint8_t*>(mappings_->map(chunkBytes));
    chunkLeft_ = chunkBytes;
  }
  auto* plane = reinterpret_cast<Word*>(chunk_);
  chunk_ += planeBytes;
  chunkLeft_ -= planeBytes;
  return plane;
}

std::uint32_t AddressMap::addRegion(std::uint32_t number) {
  if (!emptyPlane_) {
    emptyPlane_ = newPlane();
    regions_[0].planes[0] = regions_[0].planes[1] = emptyPlane_;
  }
  regions_.push({{emptyPlane_, emptyPlane_}, number, false});
  return static_cast<std::uint32_t>(regions_.size() - 1);
}

void AddressMap::takeDirty(MappedArray<std::uint32_t>& out) {
  out.clear();
  for (std::uint32_t region : dirty_) {
    regions_[table_[region]].dirty = false;
    out.push(region);
  }
  dirty_.clear();
  std::sort(out.begin(), out.end());
}

void AddressMap::takeUnvisited(std::uint32_t regionNumber, MappedArray<std::uintptr_t>& out) {
  const Region& region = regions_[table_[regionNumber]];
  for (int plane = 0; plane < 2; ++plane) {
    Word* words = region.planes[plane];
    if (words == emptyPlane_) continue;
    for (std::size_t w = 0; w <= kWordMask; ++w) {
      std::uint64_t found = words[w].bits & ~words[w].visitedOrRank;
      if (!found) continue;
      words[w].visitedOrRank |= found;
      std::uintptr_t* place = out.ensure(64);
      std::size_t count = 0;
      for (; found; found &= found - 1) {
        place[count++] = addressOf(regionNumber, plane, w, std::countr_zero(found));
      }
      out.advance(count);
    }
  }
}

std::uint32_t AddressMap::rank() {
  sorted_ = static_cast<std::uint32_t*>(mappings_->map(regions_.size() * sizeof(std::uint32_t)));
  sortedCount_ = regions_.size() - 1;
  for (std::size_t i = 0; i < sortedCount_; ++i) sorted_[i] = regions_[i + 1].number;
  std::sort(sorted_, sorted_ + sortedCount_);
  std::uint32_t next = 0;
  for (int plane = 0; plane < 2; ++plane) {
    for (std::size_t r = 0; r < sortedCount_; ++r) {
      Word* words = regions_[table_[sorted_[r]]].planes[plane];
      if (words == emptyPlane_) continue;
      for (std::size_t w = 0; w <= kWordMask; ++w) {
        words[w].visitedOrRank = next;
        next += static_cast<std::uint32_t>(std::popcount(words[w].bits));
      }
    }
  }
  return next;
}

}  // namespace whyalive::agent
