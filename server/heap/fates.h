// Fates: which objects of a snapshot were there in an earlier one of the same process.
//
// An address alone proves nothing: the allocator uses it again, and for the same type soonest. So
// for two objects of one type at one address:
//   values (str, int, float, bytes) are the same when they are equal: whether one of them was made
//   anew makes no difference to anybody;
//   tuples and other things that cannot change, when they refer to the same objects;
//   what can change, when it alone leads to some value, and did before, or is the namespace of an
//   object for which that holds:
//
//       obj ──► {…} ──► 'GET /a'          all three survived: nobody else has that very text
//       obj ──► {…} ──► 'GET' ◄── …       the dict is uncertain: what it holds is shared, and obj
//                                         may have been given another dict, which came to lie there
//
// Where only shared objects speak for it, or nothing, the answer is "uncertain": a list that was
// replaced by an equal one of shared objects looks like that. "Survived" is evidence and no proof:
// a structure that was freed and built again with equal values, each at its old address, passes for
// the old one. Pure; linear in the heap.
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
