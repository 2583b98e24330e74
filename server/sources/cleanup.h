// The missing clean-up line: an entry is read and used up where removing it would end the leak.
#pragma once

#include <vector>

#include "server/sources/candidate.h"

namespace whyalive::sources {

// Reads of single entries of the wanted container, when nothing in its sources takes entries out.
std::vector<Candidate> findMissingCleanups(const Wanted& wanted,
                                           const std::vector<Candidate>& stores,
                                           const Search& search);

}  // namespace whyalive::sources
