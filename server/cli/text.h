// Numbers and texts as people read them, and the JSON printer. Pure but for printJson.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "protocol/base/ids.h"

namespace whyalive::cli {

class Console;

// "6,100", "-12".
std::string formatCount(std::uint64_t count);
// "+241", "-3", "0": a change.
std::string formatChange(std::int64_t change);
// "912 B", "18.2 kB", "25.1 MB": powers of 1000, three digits at least.
std::string formatBytes(Bytes bytes);
std::string formatByteChange(std::int64_t change);
// "18.2 ms", "1.24 s".
std::string formatDuration(std::uint64_t nanoseconds);
// "1 entry", "2 entries".
std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

// Columns on a terminal: one per code point, none for terminal escapes (our own styles).
std::size_t displayWidth(std::string_view text);
// The text cut to `width` columns with "…" at its end; styles are closed.
std::string shortened(std::string_view text, std::size_t width);

// Indented JSON on stdout; text that is no UTF-8 is repaired, never an error.
void printJson(Console& console, const nlohmann::json& value);

}  // namespace whyalive::cli
