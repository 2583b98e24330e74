// The missing clean-up line: an entry is read and used up where removing it would end the leak.
#pragma once

#include <vector>

#include "server/sources/candidate.h"

namespace whyalive::sources {

// The last read of an entry in each function that only reads, when nothing in the sources takes
// entries out but functions that take out what they have put in themselves.
std::vector<Candidate> findMissingCleanups(const Wanted& wanted,
                                           const std::vector<Candidate>& stores,
                                           const Search& search);

}  // namespace whyalive::sources
