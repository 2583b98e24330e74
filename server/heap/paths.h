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
#include "server/heap/column.h"
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
  // Position, among the parent's references, of the one by which it holds o: the one that a person
  // would name when there are several (edgeBetween). Not for starts.
  std::uint32_t edgeTo(const HeapGraph& graph, ObjectIndex o) const;

 private:
  bool noteEdgesOfHubs(const HeapGraph& graph, const RunControl& control);
  bool isNoted(std::uint32_t o) const {
    return !notedBits_.empty() && (notedBits_[o >> 6] >> (o & 63) & 1) != 0;
  }
  std::size_t noteOf(std::uint32_t o) const;

  Column<std::uint32_t> parent_;
  // To look for a child among a parent's references is cheap but in a hub, whose every child
  // would cost a look at all: for children of hubs the position is kept.
  std::vector<std::uint64_t> notedBits_;    // by object
  std::vector<std::uint32_t> notedBefore_;  // bits set before each word
  Column<std::uint32_t> notedEdges_;
};

}  // namespace whyalive::heap
