// The name that was probably meant, for errors.
#pragma once

#include <span>
#include <string_view>

namespace whyalive::heap {

// The nearest to `wanted`, letter case aside; "" when none is near. Where `wanted` has no dots, the
// last part of a dotted name counts, too: "Iq" is near "xmpp.protocol.Iq".
std::string_view nearestName(std::string_view wanted, std::span<const std::string_view> names);

}  // namespace whyalive::heap
