// Walking a queue of objects in no order of memory, each visit waits for what the one before it
// has not asked for yet. Asking for what the next ones will need while this one is visited halves
// that time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "server/heap/heap_graph.h"

namespace whyalive::heap {

// queue[next] is visited now.
inline void lookAhead(const Snapshot& s, std::span<const std::uint32_t> queue, std::size_t next) {
  constexpr std::size_t kFar = 12, kNear = 6;
  if (next + kFar < queue.size()) __builtin_prefetch(&s.edgeStart[queue[next + kFar]]);
  if (next + kNear < queue.size()) {
    __builtin_prefetch(s.edges.data() + s.edgeStart[queue[next + kNear]]);
    __builtin_prefetch(&s.shape[queue[next + kNear]]);
  }
}

}  // namespace whyalive::heap
