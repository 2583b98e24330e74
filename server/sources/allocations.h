// Suspects without a holder: where garbage cycles are let be, and where a type's instances are
// made.
#pragma once

#include <vector>

#include "server/sources/candidate.h"

namespace whyalive::sources {

// Calls that switch the collector off and never on again in the same function.
std::vector<Candidate> findCollectorSwitches(const Search& search);

// Constructor calls of the suspect's own types.
std::vector<Candidate> findAllocations(const Search& search);

// Where objects of the cycle's type are given what they belong to: self.parent = parent.
std::vector<Candidate> findBackReferences(const Search& search);

}  // namespace whyalive::sources
