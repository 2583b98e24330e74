// The interpreter as a whole: the collector's lists, thread states, frames, roots.
//
// `prepare` runs once with the GIL held when the agent starts and checks what the build assumed
// against the interpreter at hand. Everything else only reads. The prepared facts are constants of
// the process: they are written once, before the agent's thread exists.
#pragma once

#include <cstdint>
#include <string_view>

#include "agent/compat/python.h"
#include "protocol/snapshot/format.h"

extern "C" {
#include "agent/compat/layouts.h"
}

namespace whyalive::agent::compat {

// What type() gives every class made by a class statement.
struct ClassSlots {
  destructor deallocate = nullptr;
  traverseproc traverse = nullptr;
};
const ClassSlots& classSlots();

// Empty when this interpreter can be walked, else one sentence why not. GIL held.
std::string_view prepare();

// ---- the collector ----

// The heads of the collector's lists, the frozen objects' too. 0: unknown in this interpreter, use
// visitTracked.
inline constexpr int kMostLists = 4;
int trackedLists(WaGcHead* heads[kMostLists]);
inline WaGcHead* nextIn(const WaGcHead* node) {
  return reinterpret_cast<WaGcHead*>(node->next & ~std::uintptr_t{3});
}
inline WaGcHead* previousIn(const WaGcHead* node) {
  return reinterpret_cast<WaGcHead*>(node->previous & ~std::uintptr_t{3});
}
inline PyObject* objectBehind(WaGcHead* node) { return reinterpret_cast<PyObject*>(node + 1); }

// Calls visit(object, context) for every object the collector tracks, the frozen ones too.
void visitTracked(void (*visit)(PyObject*, void*), void* context);

struct CollectorFacts {
  bool enabled = true;
  int thresholds[3] = {0, 0, 0};
  int counts[3] = {0, 0, 0};
  bool known = false;
};
CollectorFacts collectorFacts();

// ---- frames ----

// What a frame's slot refers to, if anything.
inline PyObject* objectIn(WaStackRef slot) {
#if PY_VERSION_HEX >= 0x030E0000
  return slot & 2 ? nullptr : reinterpret_cast<PyObject*>(slot & ~WaStackRef{3});
#else
  return slot;
#endif
}
// Whether the slot leaves the counting of its reference to another frame, or needs none.
inline bool isBorrowed([[maybe_unused]] WaStackRef slot) {
#if PY_VERSION_HEX >= 0x030E0000
  return slot & 1;
#else
  return false;
#endif
}

struct FrameField {
  const char* name;
  PyObject* value;
  bool borrowed = false;  // another frame holds it for this one
};

struct FieldList {
  FrameField* fields;
  int count = 0;
  void add(const char* name, void* value) {
    fields[count++] = {name, static_cast<PyObject*>(value)};
  }
  void addSlot(const char* name, WaStackRef slot) {
    fields[count++] = {name, objectIn(slot), isBorrowed(slot)};
  }
};

// One Python frame, wherever it lives: on a thread's stack, in a generator, in a frame object.
struct Frame {
  PyCodeObject* code = nullptr;
  PyFrameObject* frameObject = nullptr;
  const WaStackRef* variables = nullptr;  // locals, cells, free variables: as the code names them
  int variableCount = 0;
  const WaStackRef* stack = nullptr;  // evaluation stack, where its depth is known
  int stackCount = 0;
  FrameField fields[4];  // the frame's other strong references
  int fieldCount = 0;
  int line = 0;
  bool ownedByThread = false;     // no object holds its variables
  PyObject* generator = nullptr;  // the generator it belongs to
};

// fn(frame) from the innermost outwards.
void visitFrames(PyThreadState* thread, void (*visit)(const Frame&, void*), void* context);

// Whether a generator's variables are its own, or those of its frame object.
#if PY_VERSION_HEX >= 0x030B0000
inline constexpr bool kGeneratorsHoldVariables = true;
#else
inline constexpr bool kGeneratorsHoldVariables = false;
#endif

// The frame a generator, coroutine or async generator holds; false when it holds none any more.
bool generatorFrame(PyObject* generator, Frame& frame);
snapshot::FrameState generatorState(PyObject* generator);
// The generator's own references besides its frame.
int generatorFields(PyObject* generator, FrameField fields[6]);

// The frame whose variables this frame object owns; false when another owner has them.
bool frameOfObject(PyObject* frameObject, Frame& frame);
// The frame object's own references besides those variables.
int frameObjectFields(PyObject* frameObject, FrameField fields[8]);
bool isRunning(PyObject* frameObject);

// The name of a code object's i-th variable and whether that is a closure cell.
PyObject* variableName(PyCodeObject* code, int i);
int variableCount(PyCodeObject* code);
PyObject* qualifiedName(PyCodeObject* code);
int codeFields(PyCodeObject* code, FrameField fields[16]);
int codeFieldNames(FrameField fields[16]);  // the same names, without a code object
std::size_t codeBytes(PyCodeObject* code);
std::size_t frameSlotBytes(PyCodeObject* code);  // variables and evaluation stack of one frame
std::size_t generatorBytes(PyObject* generator, PyTypeObject* type);
std::size_t frameObjectBytes(PyObject* frame);

// ---- threads ----

PyThreadState* firstThread();
inline PyThreadState* nextThread(PyThreadState* thread) { return PyThreadState_Next(thread); }
std::uint64_t nativeThreadId(PyThreadState* thread);
// Strong references of a thread state: exception being handled, context …
int threadFields(PyThreadState* thread, FrameField fields[16]);

// ---- interpreter ----

int interpreterFields(FrameField fields[16]);
// fn(name, address) for what the interpreter's struct seems to hold besides. The struct may differ
// between patch releases: an address counts only when an object is known to be there.
void visitPossibleRoots(void (*visit)(const char* name, void* address, void*), void* context);
// The same for the functions and arguments that wait for the interpreter's end.
void visitPossibleAtExit(void (*visit)(const char* name, void* address, void*), void* context);
// The dict of subclasses of a static type that the interpreter keeps; nullptr: elsewhere, or none.
PyObject* subclassesOfStatic(PyTypeObject* type);
int interpreterCount();
PyObject* modulesDict();
int numpyMajor();  // 0: not imported

// Whether this is the interpreter's own dict of interned strings, which from 3.14 on the collector
// tracks like any other. It does not keep them alive: its references are not counted.
#if PY_VERSION_HEX >= 0x030E0000
inline constexpr bool kTracksInternedStrings = true;
#else
inline constexpr bool kTracksInternedStrings = false;
#endif
bool isInternedStrings(PyDictObject* dict);

}  // namespace whyalive::agent::compat
