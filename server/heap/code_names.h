// Names that code objects know: variables a function captures, and where a function comes from.
#pragma once

#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "server/heap/heap_graph.h"
#include "server/heap/holder.h"

namespace whyalive::heap {

// Names of the free variables of a code object, in the order of a function's __closure__. Empty
// when the snapshot does not tell.
std::vector<std::string> freeVariables(const HeapGraph& graph, ObjectIndex code);

// Name of the parameter whose default value is the i-th of so many; "" when the snapshot does not
// tell.
std::string parameterOfDefault(const HeapGraph& graph, ObjectIndex code, std::uint32_t i,
                               std::uint32_t defaults);

// The last part of a file's path.
std::string_view baseName(std::string_view path);

FunctionName functionName(const HeapGraph& graph, ObjectIndex code);

// "Handler.get.<locals>.reply" → "reply"
std::string_view lastPart(std::string_view qualname);

}  // namespace whyalive::heap
