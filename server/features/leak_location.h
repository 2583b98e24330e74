// Which of a suspect's locations to show first: the line that keeps the objects, if one is known.
#pragma once

#include "server/sources/annotations.h"

namespace whyalive::features {

// The best store, else the best of the other roles; null when no line is known.
const sources::Location* leakLocation(const sources::LocatedSuspect& suspect);

// The line that makes the holder, else the leak's; null when no line is known.
const sources::Location* holderLocation(const sources::LocatedSuspect& suspect);

}  // namespace whyalive::features
