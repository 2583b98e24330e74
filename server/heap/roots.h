// Roots: from where the interpreter reaches objects, each with a name, in an order that two runs
// share.
//
// A reference count beyond the references seen means "held from outside the graph" (a C stack, a
// static, an extension): such an object is a native root if no named root reaches it. What no root
// reaches is garbage that waits for the collector. Frozen after construction.
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
};

class Roots {
 public:
  static Roots find(const HeapGraph& graph, const RunControl& control = {});

  // Named roots in order, then native ones by object.
  std::span<const Root> all() const { return roots_; }
  // The first root at this object; nullptr when it is none.
  const Root* at(ObjectIndex o) const;
  // References from outside the graph: refcount minus references seen; 0 for immortal objects.
  std::uint64_t surplus(ObjectIndex o) const;
  std::uint64_t garbageCount() const { return garbageCount_; }
  Bytes garbageSize() const { return garbageSize_; }

 private:
  template <class HasRoot>
  void addNative(const HeapGraph& graph, HasRoot hasRoot);

  std::vector<Root> roots_;
  std::unordered_map<std::uint32_t, std::uint32_t> firstAt_;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> surplus_;  // by object; not 0 only
  std::uint64_t garbageCount_ = 0;
  Bytes garbageSize_ = 0;
};

}  // namespace whyalive::heap
