// Numbers as people read them, the same wherever they are shown: thousands apart, bytes in powers
// of 1000 with one decimal ("912 B", "18.2 kB", "25.1 MB").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/base/ids.h"

namespace whyalive::heap {

std::string formatCount(std::uint64_t count);   // 12,034
std::string formatChange(std::int64_t change);  // +241, -3, 0
std::string formatBytes(Bytes bytes);           // 18.2 MB
std::string formatByteChange(std::int64_t change);
// "1 entry", "2,000 entries".
std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

}  // namespace whyalive::heap
