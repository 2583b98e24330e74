// Statements that put something into a named container, scored (docs/statements.md).
#pragma once

#include <vector>

#include "server/sources/candidate.h"

namespace whyalive::sources {

// Stores and defining statements of `wanted` in all loaded sources that mention its name; unsorted,
// unfiltered.
std::vector<Candidate> findStores(const Wanted& wanted, const Search& search);

// A score below this is "no growing statement outside import time": no location.
inline constexpr int kLowestStoreScore = -20;

}  // namespace whyalive::sources
