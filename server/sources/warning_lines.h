// A module's __warningregistry__ remembers each warning by its text, category and line: the lines
// that warned are in the heap itself.
#pragma once

#include <vector>

#include "server/sources/locate.h"

namespace whyalive::sources {

// The lines that most entries of the suspect's registry name; nothing for other suspects.
std::vector<Location> warningLines(const heap::Analysis& analysis, const heap::Suspect& suspect,
                                   SourceIndex& index);

}  // namespace whyalive::sources
