// Of several references between two objects, the one that a person would name.
#pragma once

#include <cstdint>

#include "protocol/base/ids.h"
#include "server/heap/heap_graph.h"

namespace whyalive::heap {

// Position among the references of `from`; kNoIndex when there is none.
std::uint32_t edgeBetween(const HeapGraph& graph, ObjectIndex from, ObjectIndex to);

// Whether of two references of one object the first tells more.
bool isPlainer(const HeapGraph& graph, ObjectIndex from, std::uint32_t edge, std::uint32_t than);

}  // namespace whyalive::heap
