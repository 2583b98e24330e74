// Roots: from where the interpreter reaches objects, each with a name, in an order that two runs
// share.
//
// A reference count beyond the references seen means "held from outside the graph" (a C stack, a
// static, an extension): such an object is a native root if no named root reaches it. What no root
// reaches is garbage that waits for the collector. Found in two steps; then frozen.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/run_control.h"
#include "server/heap/heap_graph.h"
#include "server/heap/spanning_tree.h"

namespace whyalive::heap {

enum class RootGroup : std::uint8_t {
  Module,       // an entry of sys.modules
  Frame,        // a local variable of a frame that a thread is running
  Thread,       // other state of a thread
  Interpreter,  // state of the interpreter, atexit
  Native,       // held from C, nothing tells by whom
};

struct Root {
  RootGroup group = RootGroup::Native;
  std::string name;  // module name, variable, field; "" for Native
  ObjectIndex object = kNoObject;
  std::uint32_t frame = kNoIndex;  // Frame: index into snapshot().frames
  // Native: the C object that keeps it, where one is seen to point at it; never one that is reached
  // through what it keeps.
  ObjectIndex keeper = kNoObject;
};

class Roots {
 public:
  // Those with names, all of them added to the tree: the graph's referrers may be linked meanwhile.
  // Cancelled, both steps are incomplete.
  static Roots named(const HeapGraph& graph, SpanningTree& tree, const RunControl& control = {});
  // The rest, by what these do not reach.
  void addUnnamed(const HeapGraph& graph, SpanningTree& tree, const RunControl& control = {});

  // Named roots in order, then native ones by object.
  std::span<const Root> all() const { return roots_; }
  // The first root at this object; nullptr when it is none.
  const Root* at(ObjectIndex o) const;
  // References from outside the graph: refcount minus references seen; 0 for immortal objects.
  std::uint64_t surplus(ObjectIndex o) const;

 private:
  void addNative(const HeapGraph& graph, const SpanningTree& tree, const RunControl& control);
  void findKeepers(const HeapGraph& graph, const SpanningTree& tree, std::size_t firstNative);

  std::vector<Root> roots_;
  std::unordered_map<std::uint32_t, std::uint32_t> firstAt_;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> surplus_;  // by object; not 0 only
};

}  // namespace whyalive::heap
