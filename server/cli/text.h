// Numbers and texts as people read them, and the JSON printer. Pure but for printJson.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "protocol/base/ids.h"
#include "server/heap/amounts.h"

namespace whyalive::cli {

class Console;

using heap::counted;
using heap::formatByteChange;
using heap::formatBytes;
using heap::formatChange;
using heap::formatCount;
// "18.2 ms", "1.24 s".
std::string formatDuration(std::uint64_t nanoseconds);
// Columns on a terminal: one per code point, none for terminal escapes (our own styles).
std::size_t displayWidth(std::string_view text);
// The text cut to `width` columns with "…" at its end; styles are closed.
std::string shortened(std::string_view text, std::size_t width);

// Indented JSON on stdout; text that is no UTF-8 is repaired, never an error.
void printJson(Console& console, const nlohmann::json& value);

}  // namespace whyalive::cli
