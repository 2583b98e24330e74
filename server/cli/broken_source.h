// Whether a text parses as Python at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace whyalive::cli {

// 1-based line of the first thing that does not parse; nothing when all of it does.
std::optional<std::uint32_t> firstBrokenLine(std::string_view text);

}  // namespace whyalive::cli
