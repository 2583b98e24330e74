// Diagnostics: each suspect with a known line, at that line. Growth is a Warning, everything else
// Information; never an Error, since the program is not wrong. Pure.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "protocol/lsp/diagnostics.h"
#include "server/features/text_lines.h"
#include "server/sources/annotations.h"

namespace whyalive::features {

// By local path. `linesOf` gives the text of a file as it is now.
using LinesOf = std::function<TextLines(const std::string& file)>;

std::map<std::string, std::vector<lsp::Diagnostic>> diagnostics(
    const std::vector<sources::LocatedSuspect>& suspects, const LinesOf& linesOf);

}  // namespace whyalive::features
