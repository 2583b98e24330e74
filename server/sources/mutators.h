// Methods and functions that put into a container or take out of it, by name.
#pragma once

#include <string_view>

#include "server/sources/file_index.h"

namespace whyalive::sources {

// A method: which positional arguments are the value and the key; -1 none.
struct Mutator {
  std::string_view name;
  UseKind kind;
  int valueArgument;
  int keyArgument;
};

// getattr(container, name)(value): which method, only the run knows.
inline constexpr Mutator kNamedAtRun{"getattr", UseKind::Put, 0, -1};

// Null when calling a method of that name says nothing of the container.
const Mutator* mutatorMethod(std::string_view name);

// heapq.heappush(container, value) and the like: the container comes first.
const Mutator* mutatorFunction(std::string_view name);

// Whether a container of `type` ("dict", "collections.deque" …) can be changed so. True for types
// this layer does not know.
bool methodFitsType(std::string_view method, std::string_view type);

// dict, list, set, collections.deque … and their well-known kin.
bool isContainerType(std::string_view type);

}  // namespace whyalive::sources
