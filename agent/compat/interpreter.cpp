#include "agent/compat/interpreter.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "agent/compat/objects.h"

extern "C" const std::size_t waInterpreterStateBytes;
extern "C" const std::size_t waInterpreterGcOffset;
extern "C" const WaInterpreterField waInterpreterFields[];
extern "C" const std::size_t waInterpreterFieldCount;
extern "C" const std::size_t waInterpreterAtExitOffset;
extern "C" const std::size_t waInterpreterAuditHooksOffset;
extern "C" const std::size_t waStaticTypesOffset;

namespace whyalive::agent::compat {
namespace {

struct Facts {
  ClassSlots slots;
  PyInterpreterState* interpreter = nullptr;
  PyObject* modules = nullptr;
  PyObject* builtins = nullptr;
  WaGcState* gc = nullptr;  // nullptr: not found
};
Facts facts;

// Whether a collector's state lies here: three circular lists and a pointer to the first.
bool looksLikeCollector(const WaGcState* gc) {
  if (gc->generation0 != &gc->generations[0].head) return false;
  for (const WaGcGeneration& generation : gc->generations) {
    const auto* first = reinterpret_cast<const WaGcHead*>(generation.head.next);
    if (!first || (reinterpret_cast<std::uintptr_t>(first) & 7)) return false;
    if ((first->previous & ~std::uintptr_t{3}) !=
        reinterpret_cast<std::uintptr_t>(&generation.head)) {
      return false;
    }
  }
  return gc->permanent.head.next != 0;
}

WaGcState* findCollector(PyInterpreterState* interpreter) {
  char* start = reinterpret_cast<char*>(interpreter);
  auto* gc = reinterpret_cast<WaGcState*>(start + waInterpreterGcOffset);
  if (looksLikeCollector(gc)) return gc;
  // Another patch release of this version moved it: look for it within the same struct.
  for (std::size_t at = 0; at + sizeof(WaGcState) <= waInterpreterStateBytes; at += sizeof(void*)) {
    gc = reinterpret_cast<WaGcState*>(start + at);
    if (gc->generation0 == &gc->generations[0].head && looksLikeCollector(gc)) return gc;
  }
  return nullptr;
}

// From a class that every interpreter has: making one would leave a cycle for the target's
// collector.
bool findClassSlots() {
  PyObject* bootstrap = lookUp(facts.modules, "_frozen_importlib");
  if (!bootstrap || !PyModule_Check(bootstrap)) return false;
  PyObject* type = lookUp(reinterpret_cast<WaModule*>(bootstrap)->dict, "ModuleSpec");
  if (!type || !PyType_Check(type)) return false;
  facts.slots.deallocate = reinterpret_cast<PyTypeObject*>(type)->tp_dealloc;
  facts.slots.traverse = reinterpret_cast<PyTypeObject*>(type)->tp_traverse;
  return facts.slots.deallocate && facts.slots.traverse;
}

}  // namespace

const ClassSlots& classSlots() { return facts.slots; }

std::string_view prepare() {
#ifdef Py_GIL_DISABLED
  return "free-threaded builds of CPython are not supported yet";
#else
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("popcnt")) return "the agent needs a processor from 2009 or later";
#endif
  facts.interpreter = PyInterpreterState_Get();
  if (facts.interpreter != PyInterpreterState_Main()) {
    return "the agent runs in the main interpreter only; start it there";
  }
  facts.modules = PyImport_GetModuleDict();
  facts.builtins = PyEval_GetBuiltins();
  if (!findClassSlots()) return "this interpreter makes classes in an unknown way";
  facts.gc = findCollector(facts.interpreter);
#if PY_VERSION_HEX < 0x030C0000
  if (!facts.gc) return "this interpreter keeps its collector's lists in an unknown place";
#endif
  return {};
#endif
}

int trackedLists([[maybe_unused]] WaGcHead* heads[kMostLists]) {
  if (!facts.gc) return 0;
  for (int i = 0; i < 3; ++i) heads[i] = &facts.gc->generations[i].head;
  heads[3] = &facts.gc->permanent.head;
  return kMostLists;
}

#if PY_VERSION_HEX >= 0x030C0000

namespace {
struct Visit {
  void (*visit)(PyObject*, void*);
  void* context;
};
int visitOne(PyObject* o, void* arg) {
  auto* visit = static_cast<Visit*>(arg);
  visit->visit(o, visit->context);
  return 1;
}
}  // namespace

void visitTracked(void (*visit)(PyObject*, void*), void* context) {
  Visit both{visit, context};
  PyUnstable_GC_VisitObjects(visitOne, &both);
}

#else

void visitTracked(void (*)(PyObject*, void*), void*) {}  // `prepare` makes sure of the lists

#endif

CollectorFacts collectorFacts() {
  CollectorFacts result;
  result.enabled = facts.gc ? facts.gc->enabled : PyGC_IsEnabled();
  result.known = true;
  if (!facts.gc) return result;
  for (int i = 0; i < 3; ++i) {
    result.thresholds[i] = facts.gc->generations[i].threshold;
    result.counts[i] = facts.gc->generations[i].count;
  }
  return result;
}

PyThreadState* firstThread() { return PyInterpreterState_ThreadHead(facts.interpreter); }

std::uint64_t nativeThreadId([[maybe_unused]] PyThreadState* thread) {
#if PY_VERSION_HEX >= 0x030B0000
  return thread->native_thread_id;
#else
  return 0;
#endif
}

int threadFields(PyThreadState* thread, FrameField fields[16]) {
  int count = 0;
  const auto add = [&](const char* name, PyObject* value) {
    if (value) fields[count++] = {name, value};
  };
#if PY_VERSION_HEX >= 0x030C0000
  add("current_exception", thread->current_exception);
#else
  add("curexc_type", thread->curexc_type);
  add("curexc_value", thread->curexc_value);
  add("curexc_traceback", thread->curexc_traceback);
#endif
#if PY_VERSION_HEX < 0x030B0000
  add("exc_type", thread->exc_state.exc_type);
  add("exc_value", thread->exc_state.exc_value);
  add("exc_traceback", thread->exc_state.exc_traceback);
#else
  add("exc_value", thread->exc_state.exc_value);
#endif
  add("dict", thread->dict);
  add("async_exc", thread->async_exc);
  add("context", thread->context);
  add("async_gen_firstiter", thread->async_gen_firstiter);
  add("async_gen_finalizer", thread->async_gen_finalizer);
  add("c_profileobj", thread->c_profileobj);
  add("c_traceobj", thread->c_traceobj);
#if PY_VERSION_HEX >= 0x030D0000
  add("threading_local_key", thread->threading_local_key);
  add("threading_local_sentinel", thread->threading_local_sentinel);
#endif
  return count;
}

namespace {

// Memory of this process that may not be there.
class CarefulReader {
 public:
  CarefulReader() : memory_(open("/proc/self/mem", O_RDONLY | O_CLOEXEC)) {}
  ~CarefulReader() {
    if (memory_ >= 0) close(memory_);
  }
  CarefulReader(const CarefulReader&) = delete;

  template <class T>
  bool read(const void* from, T& to) const {
    const auto at = static_cast<off_t>(reinterpret_cast<std::uintptr_t>(from));
    return memory_ >= 0 && pread(memory_, &to, sizeof to, at) == static_cast<ssize_t>(sizeof to);
  }

 private:
  int memory_;
};

// The list of audit hooks, which the collector is not shown. Another patch release might keep
// something else in its place.
PyObject* auditHooks() {
  auto* at = *reinterpret_cast<PyListObject**>(reinterpret_cast<char*>(facts.interpreter) +
                                               waInterpreterAuditHooksOffset);
  PyListObject list;
  PyObject* last = nullptr;
  const CarefulReader memory;
  if (!at || !memory.read(at, list) || Py_TYPE(&list.ob_base.ob_base) != &PyList_Type) {
    return nullptr;
  }
  const Py_ssize_t count = list.ob_base.ob_size;
  if (count < 1 || count > list.allocated || !memory.read(list.ob_item + count - 1, last)) {
    return nullptr;
  }
  return reinterpret_cast<PyObject*>(at);
}

}  // namespace

int interpreterFields(FrameField fields[16]) {
  int count = 0;
  if (facts.modules) fields[count++] = {"modules", facts.modules};
  if (facts.builtins) fields[count++] = {"builtins", facts.builtins};
  if (PyObject* hooks = auditHooks()) fields[count++] = {"audit_hooks", hooks};
  return count;
}

void visitPossibleRoots(void (*visit)(const char*, void*, void*), void* context) {
  auto* start = reinterpret_cast<char*>(facts.interpreter);
  for (std::size_t i = 0; i < waInterpreterFieldCount; ++i) {
    const WaInterpreterField& field = waInterpreterFields[i];
    auto** at = reinterpret_cast<void**>(start + field.offset);
    for (std::size_t k = 0; k < field.count; ++k) visit(field.name, at[k], context);
  }
}

#if PY_VERSION_HEX < 0x030E0000

void visitPossibleAtExit(void (*visit)(const char*, void*, void*), void* context) {
  auto* state = reinterpret_cast<WaAtExit*>(reinterpret_cast<char*>(facts.interpreter) +
                                            waInterpreterAtExitOffset);
  constexpr int most = 1 << 16;
  if (!state->callbacks || state->count < 0 || state->count > state->capacity) return;
  const CarefulReader memory;
  for (int i = 0; i < state->count && i < most; ++i) {
    WaAtExitCallback* at = nullptr;
    WaAtExitCallback callback;
    if (!memory.read(state->callbacks + i, at)) return;
    // One that was unregistered leaves a gap.
    if (!at || !memory.read(at, callback)) continue;
    visit("function", callback.function, context);
    visit("arguments", callback.arguments, context);
    visit("keywords", callback.keywords, context);
  }
}

#else

void visitPossibleAtExit(void (*)(const char*, void*, void*), void*) {}  // a list since 3.14

#endif

PyObject* subclassesOfStatic([[maybe_unused]] PyTypeObject* type) {
#if PY_VERSION_HEX >= 0x030C0000
  const auto number = reinterpret_cast<std::uintptr_t>(type->tp_subclasses);
  const std::size_t offset = waStaticTypesOffset + (number - 1) * sizeof(WaStaticType);
  if (number == 0 || offset + sizeof(WaStaticType) > waInterpreterStateBytes) return nullptr;
  auto* entry =
      reinterpret_cast<WaStaticType*>(reinterpret_cast<char*>(facts.interpreter) + offset);
  if (entry->type == type) return entry->subclasses;
#endif
  return nullptr;
}

int interpreterCount() {
  int count = 0;
  for (PyInterpreterState* i = PyInterpreterState_Head(); i; i = PyInterpreterState_Next(i))
    ++count;
  return count;
}

PyObject* modulesDict() { return facts.modules; }

bool isInternedStrings(PyDictObject* dict) {
  const WaDictKeys* keys = keysOf(dict);
  constexpr Py_ssize_t kFewest = 256;  // a fresh interpreter has interned some thousand
  if (!kTracksInternedStrings || keys->entryCount < kFewest || isSplit(dict)) return false;
  if (!hasUnicodeEntries(keys) || Py_REFCNT(dict) != 1) return false;
  const auto* entry = reinterpret_cast<WaDictUnicodeEntry*>(entriesOf(keysOf(dict)));
  for (Py_ssize_t i = 0; i < keys->entryCount; ++i) {
    if (entry[i].key != entry[i].value) return false;  // each string is its own value
  }
  // A program may have such a dict as well. Only the interpreter's own struct points to this one.
  const auto* word = reinterpret_cast<PyDictObject* const*>(facts.interpreter);
  const auto* end = word + waInterpreterStateBytes / sizeof *word;
  return std::find(word, end, dict) != end;
}

int numpyMajor() {
  PyObject* numpy = lookUp(facts.modules, "numpy");
  if (!numpy || !PyModule_Check(numpy)) return 0;
  PyObject* version = lookUp(reinterpret_cast<WaModule*>(numpy)->dict, "__version__");
  if (!version || !PyUnicode_Check(version)) return 0;
  const std::string_view text = asciiView(version);
  return text.starts_with("1.") ? 1 : text.starts_with("2.") ? 2 : 0;
}

}  // namespace whyalive::agent::compat
