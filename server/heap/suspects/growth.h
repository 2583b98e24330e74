// R8, growth: what holds more than it did, by place in the path tree. Objects are never compared
// one by one: an address may have been used again. Also what `diff` by holder is made of.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "server/heap/path_tree.h"
#include "server/heap/suspects/candidate.h"
#include "server/heap/suspects/ground.h"

namespace whyalive::heap {

// All containers at one place together.
struct PlaceTotals {
  PathNode node = kNoPathNode;
  std::uint64_t holders = 0;
  std::uint64_t entries = 0;        // of all of them: what tells that a tree grows deeper
  std::uint64_t outermost = 0;      // of those inside no other one here: what a person counts
  Bytes retained = 0;               // user bytes, nested ones once
  ObjectIndex largest = kNoObject;  // the container with most entries
};

using Places = std::map<std::string, PlaceTotals>;  // by the node's text

// Besides containers: what `candidates` of other rules hold (chains, single buffers, native roots
// of one type, frames of one function).
Places placesOf(const Ground& ground, PathTree& tree, const std::vector<Candidate>& candidates);

struct Grown {
  PlaceTotals now;
  std::uint64_t entriesBefore = 0;
  std::uint64_t outermostBefore = 0;
  Bytes retainedBefore = 0;
  std::int64_t gained = 0;  // bytes: what the place gained, or what grown places below it did
  bool inEveryStep = true;  // entries never fell from one snapshot to the next

  // What a person would count, unless it grew inside only.
  std::int64_t entriesGained() const;
};

// Outermost of the places that `counts` picks from those that hold more entries than in the first
// of `earlier`; most bytes gained first.
std::vector<Grown> grownPlaces(const PathTree& tree, const Places& now,
                               const std::vector<Places>& earlier,
                               const std::function<bool(const Grown&)>& counts);

}  // namespace whyalive::heap
