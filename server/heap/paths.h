// Paths: the shortest way from a named root to each object, for naming what keeps it alive.
//
// Breadth first, in stages, so that an object gets the name a person would use: first from the
// modules through their own names (a class or function only from the module that defines it), then
// through names that a module has imported, then from frames, other state and native roots; last of
// all through implementation fields (a function's globals, a type's bases). Weak references never
// retain. Frozen after construction.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/heap_graph.h"
#include "server/heap/roots.h"

namespace whyalive::heap {

class Paths {
 public:
  static Result<Paths> find(const HeapGraph& graph, const Roots& roots, const RunControl& control);

  bool reached(ObjectIndex o) const { return parent_[raw(o)] != kNoIndex; }
  bool isStart(ObjectIndex o) const { return parent_[raw(o)] == raw(o); }
  // The object before this one; itself at the start of a path, kNoObject when no root reaches it.
  ObjectIndex parent(ObjectIndex o) const { return ObjectIndex{parent_[raw(o)]}; }
  // From the root to o, both included; empty when no root reaches it.
  std::vector<ObjectIndex> to(ObjectIndex o) const;

 private:
  std::vector<std::uint32_t> parent_;
};

}  // namespace whyalive::heap
