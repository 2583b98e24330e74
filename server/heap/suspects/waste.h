// Waste: objects of which fewer would do, and where most of them are held. Found in one snapshot
// alone; growth is the other rules' matter.
//
// A rule names objects that are alike; what they have in common is the container on their way that
// has most entries:
//
//   main.rows ──► {'status': 'active'}     100,000 copies of 'active' in main.rows
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/heap/path_tree.h"
#include "server/heap/suspect.h"
#include "server/heap/suspects/ground.h"

namespace whyalive::heap {

struct Wasted {
  std::string what;  // "100,000 copies of 'active'"
  std::string note;  // what would do instead
  std::string type;
  std::uint64_t count = 0;
  Bytes bytes = 0;                   // that could be had back
  std::vector<ObjectIndex> samples;  // some of them, spread evenly
};

inline constexpr std::size_t kWasteSamples = 1000;

// The rules. Each appends what is worth at least so many bytes.
void findCopies(const Ground& ground, Bytes least, std::vector<Wasted>& found);
void findEmpty(const Ground& ground, Bytes least, std::vector<Wasted>& found);

// As suspects, most bytes first.
std::vector<Suspect> findWaste(const Ground& ground, PathTree& tree, Bytes least);

}  // namespace whyalive::heap
