// InnerObjects: one bit for each object that refers to something. A search jumps from object to
// object, and half of those that it meets are leaves, which lead nowhere: the bits stay in the
// cache where the graph's own columns do not.
#pragma once

#include <cstdint>
#include <vector>

#include "server/heap/heap_graph.h"

namespace whyalive::heap {

class InnerObjects {
 public:
  explicit InnerObjects(const HeapGraph& graph) : bits_(graph.objectCount() / 64 + 1) {
    const std::span<const std::uint32_t> start = graph.snapshot().edgeStart;
    for (std::uint32_t o = 0; o < graph.objectCount(); ++o) {
      const std::uint64_t inner = start[o] != start[o + 1] ? 1 : 0;
      bits_[o >> 6] |= inner << (o & 63);
      count_ += static_cast<std::uint32_t>(inner);
    }
  }

  bool has(std::uint32_t o) const { return (bits_[o >> 6] >> (o & 63) & 1) != 0; }
  std::uint32_t count() const { return count_; }

 private:
  std::vector<std::uint64_t> bits_;
  std::uint32_t count_ = 0;
};

}  // namespace whyalive::heap
