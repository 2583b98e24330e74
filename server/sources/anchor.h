// Anchors: finding a located line again in a text that has been edited since.
#pragma once

#include <cstdint>
#include <optional>

#include "server/sources/locate.h"
#include "server/sources/source_file.h"

namespace whyalive::sources {

// The 0-based line that now holds the located statement: in the function of the same qualified
// name, the line of the same text nearest to where it was. Nothing when it is gone.
std::optional<std::uint32_t> anchoredLine(const SourceFile& file, const Location& location);

// Qualified name without "<locals>", as Location::function has it.
std::string displayName(std::string_view qualname);

// The line with blanks at both ends taken off.
std::string_view trimmedLine(std::string_view line);

}  // namespace whyalive::sources
