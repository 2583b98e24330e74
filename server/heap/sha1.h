// SHA-1 (FIPS 180-4) of a short text, for signatures that are stable across runs. Not for security.
#pragma once

#include <string>
#include <string_view>

namespace whyalive::heap {

std::string sha1Hex(std::string_view text);

}  // namespace whyalive::heap
