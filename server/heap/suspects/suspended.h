// R3, suspended: a holder that keeps mostly generators, coroutines or tasks which all stand in one
// function. Who holds them the rules for containers have found; what there is to say is where they
// wait.
//
//   Pool.readers ──► 1,201 generators, all at `yield "ready"` of read
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "server/heap/suspects/candidate.h"

namespace whyalive::heap {

struct SuspendedShare {
  std::uint64_t count = 0;  // that stand in one function
  Bytes bytes = 0;          // user bytes that they keep
  std::string place;        // "read (pool.py:14)"
};

// The function in which most of what the candidate keeps is suspended; none where that is less than
// half of its bytes.
std::optional<SuspendedShare> suspendedIn(const Ground& ground, const Candidate& candidate);

}  // namespace whyalive::heap
