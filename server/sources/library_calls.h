// Holders inside the standard library whose every store is there too: the line a person wants is
// the call from their own code that made the library store.
#pragma once

#include <vector>

#include "server/sources/candidate.h"

namespace whyalive::sources {

// Calls outside the library of the functions that `libraryStores` stand in (through a few callers
// in the same library file), scored by what is really held.
std::vector<Candidate> findLibraryCalls(const Wanted& wanted,
                                        const std::vector<Candidate>& libraryStores,
                                        const Search& search);

// Calls in the program's own files that reach the best of `stores` in an installed package: where a
// person can change something. They come right behind that store.
// Stores in the very functions that they call gain a little.
std::vector<Candidate> findProgramCalls(std::vector<Candidate>& stores, const Search& search);

// Calls of methods of the object of the program's that the holder hangs on, whatever they are
// called: `self.transport.write(data)` for a mock's list of calls.
std::vector<Candidate> findCallsOn(const Wanted& outer, const Search& search);

}  // namespace whyalive::sources
