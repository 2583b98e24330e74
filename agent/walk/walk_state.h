// Everything one walk gathers, shared by the three steps (heap_walk.h). Plain memory from Mappings;
// filled by `find`, read by the writers.
#pragma once

#include "agent/walk/address_map.h"
#include "agent/walk/edges.h"
#include "agent/walk/heap_walk.h"
#include "agent/walk/native_sizes.h"

namespace whyalive::agent {

struct FoundThread {
  std::uint64_t ident;
  std::uint64_t nativeId;
  PyObject* name;  // nullptr: unknown
};

struct RunningFrame {
  compat::Frame frame;
  std::uint32_t thread;
  std::uint32_t depth;
};

struct FoundRoot {
  snapshot::RootKind kind;
  std::uint32_t namePlusOne;
  PyObject* object;
  bool counted;
};

struct FoundNative {
  PyObject* object;
  NativeMemory memory;
};

// A word in the body of `from` that is the address of `to`.
struct FoundPointer {
  PyObject* from;
  PyObject* to;
};

struct WalkState {
  explicit WalkState(Mappings& memory)
      : mappings(memory),
        map(memory),
        names(memory),
        shapes(memory),
        plans(memory, names, shapes),
        edges(memory, plans),
        codes(memory),
        threads(memory),
        running(memory),
        roots(memory),
        weakReferences(memory),
        natives(memory),
        pointers(memory),
        numpyMajor(compat::numpyMajor()) {}

  Mappings& mappings;
  AddressMap map;
  NameTable names;
  ShapeTable shapes;
  TypePlans plans;
  EdgeWriter edges;
  MappedArray<PyCodeObject*> codes;
  MappedArray<FoundThread> threads;
  MappedArray<RunningFrame> running;
  MappedArray<FoundRoot> roots;
  MappedArray<PyObject*> weakReferences;
  MappedArray<FoundNative> natives;
  MappedArray<FoundPointer> pointers;
  int numpyMajor;
  std::uint32_t objectCount = 0;
  std::uint64_t edgeCount = 0;

  std::uint32_t idOf(void* o) const { return map.idOf(reinterpret_cast<std::uintptr_t>(o)); }
  // id + 1, or 0 for nothing and for what is not an object of the snapshot.
  std::uint32_t idPlusOne(void* o) const {
    return o && map.contains(reinterpret_cast<std::uintptr_t>(o)) ? idOf(o) + 1 : 0;
  }
};

// Step 1. seeds.cpp and finder.cpp
void gatherRoots(WalkState& state);
void findObjects(WalkState& state, WalkReport& report);
void gatherNamedRoots(WalkState& state);  // only names what is found already

// Step 3. columns.cpp and tables.cpp
class SectionWriter;
class SecondWalker;
void writeColumns(WalkState& state, const WalkOptions& options, SectionWriter& out,
                  SecondWalker& second, WalkReport& report);
void writeTables(WalkState& state, const WalkOptions& options, const WalkReport& report,
                 SectionWriter& out);

}  // namespace whyalive::agent
