// A container passed to a function that changes its parameter:
//
//     remember(self._seen, item)          def remember(store, item): store.append(item)
#pragma once

#include <vector>

#include "server/sources/candidate.h"

namespace whyalive::sources {

// Adds the calls in `file` that pass the wanted container on to a mutating function, and the
// statement there that does it. Follows the parameter through a few calls within the sources that
// are loaded.
void addArgumentHops(std::vector<Candidate>& found, const Wanted& wanted, const SharedFile& file,
                     const Search& search);

}  // namespace whyalive::sources
