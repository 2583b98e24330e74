// Which addresses are objects, and the dense id of each: a bitmap over the address space, and ids
// by rank (the number of set bits before one's own). No hash table, no allocation per object.
//
//   address 0x7f31_0a4b_c5d0        bit = address >> 4 within a region of 16 MiB
//     region  = address >> 24 ───►  plane 0: objects at 16-byte boundaries (all that malloc gives)
//     word    = bits 10…23    ───►  plane 1: those 8 bytes off (small statics)
//
// Each 64-bit word of bits sits beside a second word: while objects are being found it says which
// of them were visited already; after `rank()` it holds the id of the word's first object. So a
// look-up costs one cache line. 32 bytes per 2 KiB of touched heap. One thread.
#pragma once

#include <bit>

#include "agent/memory/mapped.h"

namespace whyalive::agent {

class AddressMap {
 public:
  explicit AddressMap(Mappings& mappings)
      : mappings_(&mappings), regions_(mappings, 256), dirty_(mappings, 256) {
    table_ = static_cast<std::uint32_t*>(mappings.map(kTableEntries * sizeof(std::uint32_t)));
    regions_.push({});  // index 0: no region
  }

  // True when the address was not marked before.
  bool mark(std::uintptr_t address) {
    Word& word = wordFor(address);
    const std::uint64_t bit = bitOf(address);
    if (word.bits & bit) return false;
    word.bits |= bit;
    Region& region = regions_[table_[address >> kRegionShift]];
    if (!region.dirty) {
      region.dirty = true;
      dirty_.push(static_cast<std::uint32_t>(address >> kRegionShift));
    }
    return true;
  }

  bool contains(std::uintptr_t address) const {
    const Word* word = find(address);
    return word && (word->bits & bitOf(address));
  }

  // Ids exist after rank(); the address must be marked.
  std::uint32_t idOf(std::uintptr_t address) const {
    const Region& region = regions_[table_[address >> kRegionShift]];
    const Word& word = region.planes[(address >> 3) & 1][(address >> 10) & kWordMask];
    return static_cast<std::uint32_t>(word.visitedOrRank) +
           static_cast<std::uint32_t>(std::popcount(word.bits & (bitOf(address) - 1)));
  }
  void prefetch(std::uintptr_t address) const {
    if (address >> kAddressBits) return;
    const Region& region = regions_[table_[address >> kRegionShift]];
    __builtin_prefetch(region.planes[(address >> 3) & 1] + ((address >> 10) & kWordMask));
  }

  // The regions with objects not visited yet, in address order, written to `out`; forgets them.
  void takeDirty(MappedArray<std::uint32_t>& out);

  // Appends the region's unvisited objects in address order and counts them as visited.
  void takeUnvisited(std::uint32_t regionNumber, MappedArray<std::uintptr_t>& out);

  void markVisited(std::uintptr_t address) { wordFor(address).visitedOrRank |= bitOf(address); }
  bool visited(std::uintptr_t address) { return wordFor(address).visitedOrRank & bitOf(address); }

  // Gives every marked address its id, in address order (plane 0, then plane 1). Returns their
  // number.
  std::uint32_t rank();

  // fn(address) for every object, by rising id. After rank().
  template <class Fn>
  void forEach(Fn fn) const {
    for (int plane = 0; plane < 2; ++plane) {
      for (std::size_t r = 0; r < sortedCount_; ++r) {
        const Word* words = regions_[table_[sorted_[r]]].planes[plane];
        if (words == emptyPlane_) continue;
        for (std::size_t w = 0; w <= kWordMask; ++w) {
          for (std::uint64_t bits = words[w].bits; bits; bits &= bits - 1) {
            fn(addressOf(sorted_[r], plane, w, std::countr_zero(bits)));
          }
        }
      }
    }
  }

 private:
  static constexpr int kRegionShift = 24;
  static constexpr int kAddressBits = 47;
  static constexpr std::size_t kTableEntries = std::size_t{1} << (kAddressBits - kRegionShift);
  static constexpr std::size_t kWordMask = (std::size_t{1} << (kRegionShift - 10)) - 1;

  struct Word {
    std::uint64_t bits;
    std::uint64_t visitedOrRank;
  };
  struct Region {
    Word* planes[2];
    std::uint32_t number;
    bool dirty;
  };

  static std::uint64_t bitOf(std::uintptr_t address) {
    return std::uint64_t{1} << ((address >> 4) & 63);
  }
  static std::uintptr_t addressOf(std::uint32_t region, int plane, std::size_t word, int bit) {
    return (std::uintptr_t{region} << kRegionShift) | (word << 10) |
           (static_cast<std::uintptr_t>(bit) << 4) | (static_cast<std::uintptr_t>(plane) << 3);
  }

  Word& wordFor(std::uintptr_t address) {
    if (address >> kAddressBits || (address & 7)) mappings_->bailout().now(Failure::BadAddress);
    std::uint32_t& entry = table_[address >> kRegionShift];
    if (entry == 0) entry = addRegion(static_cast<std::uint32_t>(address >> kRegionShift));
    Region& region = regions_[entry];
    Word*& plane = region.planes[(address >> 3) & 1];
    if (plane == emptyPlane_) plane = newPlane();
    return plane[(address >> 10) & kWordMask];
  }
  const Word* find(std::uintptr_t address) const {
    if (address >> kAddressBits || (address & 7) || !table_[address >> kRegionShift])
      return nullptr;
    const Region& region = regions_[table_[address >> kRegionShift]];
    return region.planes[(address >> 3) & 1] + ((address >> 10) & kWordMask);
  }
  Word* newPlane();
  std::uint32_t addRegion(std::uint32_t number);

  Mappings* mappings_;
  std::uint32_t* table_;
  MappedArray<Region> regions_;
  MappedArray<std::uint32_t> dirty_;
  Word* emptyPlane_ = nullptr;
  std::uint32_t* sorted_ = nullptr;
  std::size_t sortedCount_ = 0;
  std::uint8_t* chunk_ = nullptr;
  std::size_t chunkLeft_ = 0;
};

}  // namespace whyalive::agent
