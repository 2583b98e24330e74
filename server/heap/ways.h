// Ways: the shortest retaining paths of one object, many of them, and merged into those that a
// person would call different. (why.h has the one shortest path of each of many objects.)
//
//        roots                  ways of o, shortest first
//       /  |  \                   roots a o
//      a   b   c                  roots c d o
//       \  |   |                  roots b a o      (b also refers to a)
//        \ a   d
//         \|  /
//          o
//
// Searched backwards from the object, best first (A*: P. Hart, N. Nilsson, B. Raphael, 1968), with
// the length of each object's named path as the estimate. What an object on the way dominates
// cannot lead back to the roots without it and is not searched. Weak references never retain;
// references that lead astray (astray.h) are followed only where nothing else names the object.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"
#include "server/heap/why.h"

namespace whyalive::heap {

struct WaySearch {
  std::size_t paths = 1000;  // at most so many, and the rest of the last length
  // So often at most an object is gone through from objects of one shape; few, so that ways differ
  // near the object and not only near the roots.
  std::uint32_t visits = 16;
  std::size_t budget = 100'000;    // objects gone through in all
  std::size_t referrers = 20'000;  // of one object that are looked at
};

struct Ways {
  std::vector<std::vector<ObjectIndex>> paths;  // from a root to the object, both included
  bool more = false;                            // the search ended before it had all
};

// Simple paths from roots to o, shortest first; the same in every run of one snapshot.
Result<Ways> findWays(const Analysis& analysis, ObjectIndex o, const WaySearch& search = {},
                      const RunControl& control = {});

struct MergedWay {
  RetainingPath path;
  std::uint64_t ways = 0;  // paths that are equal but for keys and indices
};

struct WhyThisAlive {
  std::vector<MergedWay> paths;  // shortest first, equal lengths by expression
  std::uint64_t pathCount = 0;   // distinct ones found
  bool reachable = false;
  bool more = false;
};

Result<WhyThisAlive> whyThisAlive(const Analysis& analysis, ObjectIndex o, std::size_t count,
                                  const RunControl& control = {});

}  // namespace whyalive::heap
