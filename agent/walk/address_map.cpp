#include "agent/walk/address_map.h"

#include <algorithm>

namespace whyalive::agent {

AddressMap::Plane* AddressMap::newPlane(std::size_t slot) {
  constexpr std::size_t chunkBytes = 64 * sizeof(Plane);
  if (chunkLeft_ == 0) {
    chunk_ = static_cast<std::uint8_t*>(mappings_->map(chunkBytes, Pages::Small));
    chunkLeft_ = chunkBytes;
  }
  auto* plane = reinterpret_cast<Plane*>(chunk_);
  chunk_ += sizeof(Plane);
  chunkLeft_ -= sizeof(Plane);
  plane->slot = slot;
  table_[slot] = plane;
  planes_.push(slot);
  return plane;
}

void AddressMap::takeDirty(MappedArray<std::size_t>& out) {
  out.clear();
  for (std::size_t slot : dirty_) {
    table_[slot]->listed = false;
    out.push(slot);
  }
  dirty_.clear();
  std::sort(out.begin(), out.end());
}

void AddressMap::takeUnvisited(std::size_t slot, MappedArray<std::uintptr_t>& out) {
  Plane& plane = *table_[slot];
  Plane::forEachWord(plane.dirty, [&](std::size_t i) {
    Word& word = plane.words[i];
    const std::uint64_t found = word.bits & ~word.visitedOrRank;
    if (!found) return;
    word.visitedOrRank |= found;
    plane.append(i, found, out);
  });
  for (std::uint64_t& groups : plane.dirty) groups = 0;
}

std::uint32_t AddressMap::rank() {
  std::sort(planes_.begin(), planes_.end());
  std::uint32_t next = 0;
  for (std::size_t slot : planes_) {
    Plane* plane = table_[slot];
    const std::uint32_t first = next;
    Plane::forEachWord(plane->used, [&](std::size_t i) {
      plane->words[i].visitedOrRank = next;
      next += static_cast<std::uint32_t>(std::popcount(plane->words[i].bits));
    });
    plane->objects = next - first;
  }
  return next;
}

std::uint32_t AddressMap::objectsBefore(std::size_t plane) const {
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < plane; ++i) count += table_[planes_[i]]->objects;
  return count;
}

std::uint64_t AddressMap::referencesBefore(std::size_t plane) const {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < plane; ++i) count += table_[planes_[i]]->references;
  return count;
}

std::uintptr_t AddressMap::lastBefore(std::size_t plane) const {
  std::uintptr_t last = 0;
  while (plane-- > 0 && last == 0) {
    const Plane& from = *table_[planes_[plane]];
    Plane::forEachWord(from.used, [&](std::size_t i) {
      const std::uint64_t bits = from.words[i].bits;
      if (bits) last = from.addressOf(i, 63 - std::countl_zero(bits));
    });
  }
  return last;
}

void AddressMap::objectsOf(std::size_t plane, MappedArray<std::uintptr_t>& out) const {
  const Plane& from = *table_[planes_[plane]];
  Plane::forEachWord(from.used, [&](std::size_t i) { from.append(i, from.words[i].bits, out); });
}

}  // namespace whyalive::agent
