// How many objects of each type live right now, without a copy of the process: one pass over the
// collector's lists with the GIL held, which is the whole time the process stands still.
//
// Counts what the collector tracks: instances, containers, functions, frames … but not strings,
// numbers and bytes, and no dict or tuple that the collector has let go of. A size is what
// sys.getsizeof says of builtin containers and of instances; memory that another C type keeps apart
// from the object is not looked for. Changes nothing: no reference count, no Python object.
#pragma once

#include <cstdint>
#include <string_view>

namespace whyalive::agent {

struct CountVisitor {
  // Called once a type while the GIL is still held; must not throw. `name` is only lent.
  void (*type)(void* context, std::string_view module, std::string_view name, std::uint64_t count,
               std::uint64_t bytes);
  void* context;
};

// False when there is no memory for the table of types.
bool countTypes(const CountVisitor& visitor);

}  // namespace whyalive::agent
