// Fates: which objects of a snapshot were there in an earlier one of the same process.
//
// An address alone proves nothing: the allocator uses it again, and for the same type soonest. So
// for two objects of one type at one address:
//   values (str, int, float, bytes) are the same when they are equal;
//   tuples and other constants when they refer to the same objects;
//   what can change, when it still refers to one of the same objects, or one of the same objects
//   refers to it, and these have not themselves been replaced.
// Where nothing speaks for either the answer is "uncertain". Still, when a whole structure was
// freed and an equal one was built at the very same addresses, it passes for the old one: no
// snapshot can tell. Pure; linear in the heap.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"

namespace whyalive::heap {

enum class Fate : std::uint8_t { Added, Survived, Uncertain };

struct FateCounts {
  std::uint64_t survived = 0, added = 0, gone = 0, uncertain = 0;
};

struct Fates {
  std::vector<Fate> now;   // of each object of the later snapshot
  std::vector<bool> gone;  // objects of the earlier one that are no more
  FateCounts counts() const;
};

Result<Fates> fatesOf(const HeapGraph& before, const HeapGraph& now,
                      const RunControl& control = {});

}  // namespace whyalive::heap
