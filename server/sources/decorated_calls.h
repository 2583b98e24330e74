// Functions that a decorator has put something around: what the wrapper keeps is filled by the
// calls of the decorated function.
#pragma once

#include <vector>

#include "server/sources/candidate.h"

namespace whyalive::sources {

// Calls of the function in all loaded sources, those under its own name first.
std::vector<Candidate> callsOf(const FoundFunction& function, const Search& search);

// Those that are surely of this function: under its own name, where it is known by it.
std::vector<Candidate> ownCallsOf(const FoundFunction& function, const Search& search);

// The function in whose decorators the expression stands.
FoundFunction decoratedAt(const SharedFile& file, ByteRange expression);

// Where the program reaches the holder through a function that it decorates: the calls of it, right
// behind the best of `stores`.
std::vector<Candidate> findDecoratedCalls(const heap::Holder& holder,
                                          const std::vector<Candidate>& stores,
                                          const Search& search);

}  // namespace whyalive::sources
