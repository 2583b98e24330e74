// Scopes: which function of a file binds a name, as Python's rules have it.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/sources/file_index.h"

namespace whyalive::sources {

// Where a path is written.
struct PathPlace {
  int function = -1;
  int cls = -1;  // directly in this class's body
  std::uint32_t offset = 0;
};

enum class BoundAs { Nothing, Parameter, Local, Global };
struct Scope {
  BoundAs as = BoundAs::Nothing;
  int function = -1;
};

const FunctionFact& functionAt(const FileIndex& index, int number);

// The scope that binds `name` seen from inside `function`.
Scope scopeOf(const FileIndex& index, std::string_view name, int function);

// Whether `name`, seen from inside `function`, is the module's, a builtin or an import of all (*).
bool isGlobal(const FileIndex& index, std::string_view name, int function);

}  // namespace whyalive::sources
