// The snapshot's tables of names and shapes while they are being built: each distinct one gets the
// next number. Names hold UTF-8 bytes; a shape says how an object's edges are labelled (format.h).
#pragma once

#include <string_view>

#include "agent/walk/byte_sink.h"
#include "protocol/snapshot/format.h"

namespace whyalive::agent {

// Open addressing over numbers; the owner compares. Never shrinks, never deletes.
class NumberIndex {
 public:
  explicit NumberIndex(Mappings& mappings) : mappings_(&mappings), slots_(mappings, 4096) {
    slots_.resize(4096);
  }

  // same(number) says whether that entry is the one looked for; hashOf(number) is for growing.
  template <class Same, class HashOf>
  std::uint32_t* slotFor(std::uint64_t hash, Same same, HashOf hashOf) {
    for (;;) {
      const std::size_t mask = slots_.size() - 1;
      std::size_t i = mix(hash) & mask;
      for (; slots_[i] != 0; i = (i + 1) & mask) {
        if (same(slots_[i] - 1)) return &slots_[i];
      }
      if (used_ * 2 < slots_.size()) {
        ++used_;  // the caller fills it
        return &slots_[i];
      }
      grow(hashOf);
    }
  }

 private:
  static std::uint64_t mix(std::uint64_t h) {
    h ^= h >> 32;
    return h * 0x9E3779B97F4A7C15ull >> 17;
  }
  template <class HashOf>
  void grow(HashOf hashOf) {
    MappedArray<std::uint32_t> bigger(*mappings_, slots_.size() * 4);
    bigger.resize(slots_.size() * 4);
    const std::size_t mask = bigger.size() - 1;
    for (std::uint32_t entry : slots_) {
      if (entry == 0) continue;
      std::size_t i = mix(hashOf(entry - 1)) & mask;
      while (bigger[i] != 0) i = (i + 1) & mask;
      bigger[i] = entry;
    }
    slots_ = bigger;
  }

  Mappings* mappings_;
  MappedArray<std::uint32_t> slots_;  // number + 1, 0 = empty
  std::size_t used_ = 0;
};

class NameTable {
 public:
  explicit NameTable(Mappings& mappings) : index_(mappings), entries_(mappings), text_(mappings) {}

  std::uint32_t intern(std::string_view name) {
    std::uint64_t hash = 1469598103934665603ull;
    for (char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
    std::uint32_t* slot = index_.slotFor(
        hash, [&](std::uint32_t n) { return entries_[n].hash == hash && textOf(n) == name; },
        [&](std::uint32_t n) { return entries_[n].hash; });
    if (*slot == 0) {
      entries_.push({hash, text_.size(), static_cast<std::uint32_t>(name.size())});
      text_.bytes(name.data(), name.size());
      *slot = static_cast<std::uint32_t>(entries_.size());
    }
    return *slot - 1;
  }

  std::string_view textOf(std::uint32_t number) const {
    const Entry& entry = entries_[number];
    return {reinterpret_cast<const char*>(text_.data()) + entry.start, entry.length};
  }
  std::uint32_t count() const { return static_cast<std::uint32_t>(entries_.size()); }

 private:
  struct Entry {
    std::uint64_t hash;
    std::uint64_t start;
    std::uint32_t length;
  };
  NumberIndex index_;
  MappedArray<Entry> entries_;
  ByteColumn text_;
};

struct Label {
  snapshot::LabelKind kind;
  std::uint32_t namePlusOne;  // 0 = no name
};

class ShapeTable {
 public:
  explicit ShapeTable(Mappings& mappings)
      : index_(mappings), entries_(mappings), records_(mappings), draft_(mappings) {}

  // Shapes that depend on more than the type (a code object's variables) are found by a key.
  std::uint32_t* find(std::uintptr_t first, std::uintptr_t second) {
    return index_.slotFor(
        hash(first, second),
        [&](std::uint32_t n) { return entries_[n].first == first && entries_[n].second == second; },
        [&](std::uint32_t n) { return hash(entries_[n].first, entries_[n].second); });
  }

  // Between begin and end, add the labels in order. `end` returns the shape's number.
  void begin() { draft_.clear(); }
  void add(snapshot::LabelKind kind, std::uint32_t namePlusOne = 0) {
    draft_.push({kind, namePlusOne});
  }
  std::uint32_t end(std::uint32_t type, snapshot::Tail tail, snapshot::ValueKind value,
                    std::uintptr_t first = 0, std::uintptr_t second = 0);

  std::uint32_t count() const { return static_cast<std::uint32_t>(entries_.size()); }
  const ByteColumn& records() const { return records_; }
  snapshot::ValueKind valueKind(std::uint32_t shape) const { return entries_[shape].value; }

 private:
  static std::uint64_t hash(std::uintptr_t first, std::uintptr_t second) {
    return (first >> 4) * 0x9E3779B97F4A7C15ull ^ (second >> 4);
  }
  struct Entry {
    std::uintptr_t first, second;
    snapshot::ValueKind value;
  };
  NumberIndex index_;
  MappedArray<Entry> entries_;
  ByteColumn records_;
  MappedArray<Label> draft_;
};

}  // namespace whyalive::agent
