// The nearest of several names to one that a person misspelt, for "did you mean …?". Pure.
#pragma once

#include <span>
#include <string_view>

namespace whyalive::sql {

// Case does not count; the last part of a dotted name counts as its name ("Iq" is near
// "xmpp.protocol.Iq"). Empty when none is near enough to be what was meant.
std::string_view nearest(std::string_view wanted, std::span<const std::string_view> names);

}  // namespace whyalive::sql
