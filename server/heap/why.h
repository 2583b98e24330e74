// Why alive? The retaining paths of a type or any set of objects, equal ones merged: keys and
// indices are masked when paths of several objects fall together. (ways.h has all those of one.)
//
//   by_number[…]   6,100 Iq, of 6,000 the shortest     each object's shortest path is found for all
//   recent[…]      5,200 Iq, of 100 the shortest       of them; the other ways, which keep it alive
//   log[…][1]      3,000 Iq, of none                   when that one is cut, for a sample, scaled
//   up
//
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"
#include "server/heap/holder.h"

namespace whyalive::heap {

// Objects of a set that are searched for other ways: enough to tell 1% of them from none.
inline constexpr std::size_t kSearched = 200;

struct WhyOptions {
  std::size_t paths =
      10;  // at most so many; the shortest of most objects first, then who keeps most
  std::size_t sample = 100'000;  // at most so many objects are looked at, spread evenly
  std::size_t searched = 0;      // of them: for other ways than the shortest, too
};

struct RetainingPath {
  std::vector<Step> steps;  // root first; the last step arrives at `example`
  std::string expression;
  std::uint64_t count = 0;     // objects of the set that are kept this way (scaled up from samples)
  std::uint64_t shortest = 0;  // of these: those of which it is the shortest
  Bytes retained = 0;          // sum of what single ones retain: a lower bound for all together
  ObjectIndex example = kNoObject;
};

struct WhyAlive {
  std::vector<RetainingPath> paths;
  std::uint64_t objects = 0;      // in the set
  std::uint64_t unreachable = 0;  // of them: garbage that waits for the collector
  std::uint64_t pathCount = 0;    // distinct paths, those left out too
  bool more = false;              // a search for other ways ended before it had all
};

Result<WhyAlive> whyAlive(const Analysis& analysis, std::span<const ObjectIndex> objects,
                          const WhyOptions& options = {}, const RunControl& control = {});

}  // namespace whyalive::heap
