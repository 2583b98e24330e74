// Diagnostics: each suspect with a known line, at that line. Growth is a Warning, everything else
// Information; never an Error, since the program is not wrong. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "protocol/lsp/diagnostics.h"
#include "server/features/current_place.h"
#include "server/sources/annotations.h"

namespace whyalive::features {

// By local path. A suspect whose statement is no longer in the text gets none.
std::map<std::string, std::vector<lsp::Diagnostic>> diagnostics(
    const std::vector<sources::LocatedSuspect>& suspects, const LinesOf& linesOf);

}  // namespace whyalive::features
