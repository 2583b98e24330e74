// Why alive? The shortest retaining paths of one object, a type or any set, equal ones merged: keys
// and indices are masked when paths of several objects fall together. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "server/heap/analysis.h"
#include "server/heap/holder.h"

namespace whyalive::heap {

struct WhyOptions {
  std::size_t paths = 10;        // at most so many, those of most objects first
  std::size_t sample = 100'000;  // at most so many objects are looked at, spread evenly
};

struct RetainingPath {
  std::vector<Step> steps;  // root first; the last step arrives at `example`
  std::string expression;
  std::uint64_t count = 0;  // objects of the set that are kept this way (scaled up from the sample)
  Bytes retained = 0;       // sum of what single ones retain: a lower bound for all together
  ObjectIndex example = kNoObject;
};

struct WhyAlive {
  std::vector<RetainingPath> paths;
  std::uint64_t objects = 0;      // in the set
  std::uint64_t unreachable = 0;  // of them: garbage that waits for the collector
  std::uint64_t pathCount = 0;    // distinct paths, those left out too
};

WhyAlive whyAlive(const Analysis& analysis, std::span<const ObjectIndex> objects,
                  const WhyOptions& options = {});

}  // namespace whyalive::heap
