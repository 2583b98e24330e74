#include "agent/compat/interpreter.h"

#include <algorithm>

#include "agent/compat/objects.h"

extern "C" const std::size_t waInterpreterStateBytes;
extern "C" const std::size_t waInterpreterGcOffset;

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
    return "the agent runs in the main interpreter only";
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

int interpreterFields(FrameField fields[16]) {
  int count = 0;
  if (facts.modules) fields[count++] = {"modules", facts.modules};
  if (facts.builtins) fields[count++] = {"builtins", facts.builtins};
  return count;
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

}  // namespace whyalive::agent::compat
