// Numbers as hints show them: "12,034", "18.2 MB", "+241".
#pragma once

#include <cstdint>
#include <string>

#include "protocol/base/ids.h"

namespace whyalive::sources {

std::string formatCount(std::uint64_t count);   // 12,034
std::string formatChange(std::int64_t change);  // +241, -7
std::string formatBytes(Bytes bytes);           // 18.2 MB; 41.5 kB; 912 B (powers of 1000)

}  // namespace whyalive::sources
