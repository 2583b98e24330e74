// Stores made in other modules through a function that only hands the holder out: `sessions()[key]
// = user` after `from state import sessions`. Within the holder's own module name_resolution.h sees
// through such calls.
#pragma once

#include <vector>

#include "server/sources/candidate.h"

namespace whyalive::sources {

// Of holders that are globals of modules; adds to `found`.
void addGetterStores(std::vector<Candidate>& found, const Wanted& wanted, const Search& search);

// Of a holder that is what a parameter is by default: `sessions()[key] = user` in any module, after
// `def sessions(_sessions={}): return _sessions`.
void addDefaultGetterStores(std::vector<Candidate>& found, const FoundFunction& function,
                            const heap::Holder& holder, const Search& search);

}  // namespace whyalive::sources
