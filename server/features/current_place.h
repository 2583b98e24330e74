// Where a located statement is now: texts are edited while a snapshot is looked at. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "protocol/lsp/basic.h"
#include "server/features/text_lines.h"
#include "server/sources/locate.h"

namespace whyalive::features {

// The text of a file as it is now.
using LinesOf = std::function<TextLines(const std::string& file)>;

// 1-based lines and byte columns → 0-based, as they were when the statement was located.
sources::TextRange rangeOf(const sources::Location& location);

// The same statement in the text of now; nothing when it is gone. Without a text (the file cannot
// be read) the place is taken as it was.
std::optional<sources::TextRange> currentRange(const TextLines& lines,
                                               const sources::Location& location);

// As an editor opens it.
std::optional<lsp::Location> currentPlace(const LinesOf& linesOf,
                                          const sources::Location& location);

}  // namespace whyalive::features
