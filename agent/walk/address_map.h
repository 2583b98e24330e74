// Which addresses are objects, and the dense id of each: a bitmap over the address space, and ids
// by rank (the number of set bits before one's own). No hash table, no allocation per object.
//
//   address 0x7f31_0a4b_c5d0        bit = address >> 4 within a plane of 16 MiB
//     plane  = address >> 24, and one more for the objects 8 bytes off a 16-byte boundary
//     word   = bits 10…23           (small statics; malloc gives none)
//
// Each 64-bit word of bits sits beside a second word: while objects are being found it says which
// of them were visited already; after `rank()` it holds the id of the word's first object. So a
// look-up costs one cache line. 16 bytes per KiB of touched heap. A plane remembers which groups
// of 64 words are in use, so that a lone object costs no sweep over 256 KiB. One thread.
#pragma once

#include <bit>

#include "agent/memory/mapped.h"

namespace whyalive::agent {

class AddressMap {
 private:
  static constexpr int kPlaneShift = 24;
  static constexpr int kAddressBits = 47;
  static constexpr std::size_t kSlots = std::size_t{2} << (kAddressBits - kPlaneShift);
  static constexpr std::size_t kWords = std::size_t{1} << (kPlaneShift - 10);
  static constexpr std::size_t kGroups = kWords / 64;

  struct Word {
    std::uint64_t bits;
    std::uint64_t visitedOrRank;
  };

 public:
  struct Plane {
    std::size_t slot;
    std::uint64_t used[kGroups / 64];   // groups with objects
    std::uint64_t dirty[kGroups / 64];  // groups with objects not visited yet
    bool listed;                        // in dirty_
    std::uint32_t objects;              // after rank()
    std::uint64_t references;
    Word words[kWords];

    std::uintptr_t addressOf(std::size_t word, int bit) const {
      return (slot >> 1) << kPlaneShift | word << 10 | static_cast<std::uintptr_t>(bit) << 4 |
             (slot & 1) << 3;
    }
    // fn(index of a word) for every word of the groups in `set`.
    template <class Fn>
    static void forEachWord(const std::uint64_t (&set)[kGroups / 64], Fn fn) {
      for (std::size_t part = 0; part < kGroups / 64; ++part) {
        for (std::uint64_t groups = set[part]; groups; groups &= groups - 1) {
          const std::size_t first =
              (part * 64 + static_cast<std::size_t>(std::countr_zero(groups))) * 64;
          for (std::size_t word = first; word < first + 64; ++word) fn(word);
        }
      }
    }
    void append(std::size_t word, std::uint64_t bits, MappedArray<std::uintptr_t>& out) const {
      std::uintptr_t* place = out.ensure(64);
      std::size_t count = 0;
      for (; bits; bits &= bits - 1) place[count++] = addressOf(word, std::countr_zero(bits));
      out.advance(count);
    }
  };

  explicit AddressMap(Mappings& mappings)
      : mappings_(&mappings), planes_(mappings, 256), dirty_(mappings, 256) {
    table_ = static_cast<Plane**>(mappings.map(kSlots * sizeof(Plane*), Pages::Small));
  }

  // True when the address was not marked before.
  bool mark(std::uintptr_t address) {
    const std::size_t slot = slotOf(address);
    Plane* plane = planeFor(address, slot);
    Word& word = plane->words[wordOf(address)];
    const std::uint64_t bit = bitOf(address);
    if (word.bits & bit) return false;
    // With unvisited neighbours in its word, the group is known to be dirty.
    if (word.bits == word.visitedOrRank) noteDirty(plane, wordOf(address));
    word.bits |= bit;
    return true;
  }

  // Marks and visits; true when the address was not visited before.
  bool visit(std::uintptr_t address) {
    Plane* plane = planeFor(address, slotOf(address));
    Word& word = plane->words[wordOf(address)];
    const std::uint64_t bit = bitOf(address);
    if (word.visitedOrRank & bit) return false;
    if (word.bits == 0) noteUsed(plane, wordOf(address));
    word.bits |= bit;
    word.visitedOrRank |= bit;
    return true;
  }

  bool contains(std::uintptr_t address) const {
    if (address >> kAddressBits || (address & 7)) return false;
    const Plane* plane = table_[slotOf(address)];
    return plane && (plane->words[wordOf(address)].bits & bitOf(address));
  }

  // Ids exist after rank(); the address must be marked.
  std::uint32_t idOf(std::uintptr_t address) const {
    const Word& word = table_[slotOf(address)]->words[wordOf(address)];
    return static_cast<std::uint32_t>(word.visitedOrRank) +
           static_cast<std::uint32_t>(std::popcount(word.bits & (bitOf(address) - 1)));
  }
  void prefetch(std::uintptr_t address) const {
    if (address >> kAddressBits) return;
    const Plane* plane = table_[slotOf(address)];
    __builtin_prefetch(plane ? plane->words + wordOf(address) : nullptr);
  }

  // The numbers of planes with objects not visited yet, in address order; forgets them.
  void takeDirty(MappedArray<std::size_t>& out);

  // Appends the plane's unvisited objects in address order and counts them as visited.
  void takeUnvisited(std::size_t plane, MappedArray<std::uintptr_t>& out);

  // Adds to the number of references that the objects around an address have.
  void countReferences(std::uintptr_t address, std::uint64_t count) {
    table_[slotOf(address)]->references += count;
  }

  // Gives every marked address its id, in address order. Returns their number.
  std::uint32_t rank();

  // After rank(): the planes by rising id, and the objects of one.
  std::size_t planeCount() const { return planes_.size(); }
  // Objects and references before the plane; of all of them for planeCount().
  std::uint32_t objectsBefore(std::size_t plane) const;
  std::uint64_t referencesBefore(std::size_t plane) const;
  // The last object before the plane, 0 for the first.
  std::uintptr_t lastBefore(std::size_t plane) const;
  void objectsOf(std::size_t plane, MappedArray<std::uintptr_t>& out) const;

 private:
  static std::size_t slotOf(std::uintptr_t address) {
    return (address >> kPlaneShift) << 1 | ((address >> 3) & 1);
  }
  static std::size_t wordOf(std::uintptr_t address) { return (address >> 10) & (kWords - 1); }
  static std::uint64_t bitOf(std::uintptr_t address) {
    return std::uint64_t{1} << ((address >> 4) & 63);
  }

  Plane* planeFor(std::uintptr_t address, std::size_t slot) {
    if (address >> kAddressBits || (address & 7)) mappings_->bailout().now(Failure::BadAddress);
    Plane* plane = table_[slot];
    return plane ? plane : newPlane(slot);
  }
  void noteUsed(Plane* plane, std::size_t word);
  void noteDirty(Plane* plane, std::size_t word);
  Plane* newPlane(std::size_t slot);

  Mappings* mappings_;
  Plane** table_;
  MappedArray<std::size_t> planes_;  // slots
  MappedArray<std::size_t> dirty_;   // slots
  std::uint8_t* chunk_ = nullptr;
  std::size_t chunkLeft_ = 0;
};

inline void AddressMap::noteUsed(Plane* plane, std::size_t word) {
  plane->used[word / 4096] |= std::uint64_t{1} << (word / 64 % 64);
}

inline void AddressMap::noteDirty(Plane* plane, std::size_t word) {
  noteUsed(plane, word);
  plane->dirty[word / 4096] |= std::uint64_t{1} << (word / 64 % 64);
  if (plane->listed) return;
  plane->listed = true;
  dirty_.push(plane->slot);
}

}  // namespace whyalive::agent
