// InnerObjects: one bit for each object that refers to something. A search jumps from object to
// object, and half of those that it meets are leaves, which lead nowhere: the bits stay in the
// cache where the graph's own columns do not.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/base/run_control.h"
#include "server/heap/heap_graph.h"

namespace whyalive::heap {

class InnerObjects {
 public:
  // Cancelled, it is incomplete.
  explicit InnerObjects(const HeapGraph& graph, const RunControl& control = {})
      : bits_(graph.objectCount() / 64 + 1) {
    constexpr std::uint32_t kCheckEvery = 1u << 18;
    const std::span<const std::uint32_t> start = graph.snapshot().edgeStart;
    for (std::uint32_t o = 0; o < graph.objectCount(); ++o) {
      if (o % kCheckEvery == 0 && !control.keepGoing("following references", 0)) return;
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
