// What keeps code in a frozen copy from the world outside, in words. Where the kernel lets the copy
// have its seccomp filter nothing needs to be said; elsewhere less holds, and people should know
// before they type. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "protocol/agent/twin_messages.h"

namespace whyalive::net {

// What does not hold, as a whole sentence; empty when all of it does.
std::string_view guardWarning(agent::wire::Guard guard);
// That, and whether the copy was made in a moment when the C library's allocator was locked, in
// which code that needs it will not come back. Empty when there is nothing to say.
std::string copyWarning(const agent::wire::TwinEvent& welcome);
// What does not hold in a few words, for a line of a list.
std::string_view guardNote(agent::wire::Guard guard);

// From the name of a copy's process: "whyalive-twin", or with "-" and the guard's number where it
// is not seccomp. Nothing: the process is no copy.
std::optional<agent::wire::Guard> guardOfCopyNamed(std::string_view processName);

}  // namespace whyalive::net
