// Where a suspect is to be shown: the line that keeps the objects, if one is known.
#pragma once

#include "protocol/lsp/basic.h"
#include "server/sources/annotations.h"

namespace whyalive::features {

// The best store, else the best of the other roles; null when no line is known.
const sources::Location* leakLocation(const sources::LocatedSuspect& suspect);

// 1-based lines and byte columns → 0-based.
sources::TextRange rangeOf(const sources::Location& location);

}  // namespace whyalive::features
