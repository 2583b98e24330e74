// What can be said of an object that C code holds and nobody else: what is in it.
//
// Two lists that different C code keeps have no name to tell them apart; what they hold mostly
// does.
#pragma once

#include <string>
#include <string_view>

#include "protocol/base/ids.h"
#include "server/heap/analysis.h"

namespace whyalive::heap {

inline constexpr std::string_view kHeldFromC = "held from C:";

// The type of most of a container's first entries; empty where it is no container, has few or is of
// all sorts.
std::string_view contentOf(const HeapGraph& graph, ObjectIndex o);

// The C object that keeps this root, if one does and is named without it: kNoObject otherwise.
ObjectIndex keeperOf(const Analysis& analysis, ObjectIndex root);

// "held from C: list of Event"
std::string heldFromC(const HeapGraph& graph, ObjectIndex o, std::string_view content);

}  // namespace whyalive::heap
