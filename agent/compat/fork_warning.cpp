#include "agent/compat/fork_warning.h"

#include <unistd.h>

#include "agent/compat/interpreter.h"
#include "agent/compat/objects.h"

namespace whyalive::agent::compat {

#if PY_VERSION_HEX >= 0x030C0000

namespace {

constexpr int kEntries = 2;
constexpr const char* kCalls[kEntries] = {"fork", "forkpty"};
// Borrowed by nobody else; owned from silence to restore. Guarded by the GIL.
PyObject* entries[kEntries];
PyFrameObject* forker = nullptr;  // what calls os.fork(), and where in it
int forkerAt = 0;

// The list that the interpreter looks at; borrowed. It is the inner module's own as long as nobody
// has imported the outer one, which takes over that list.
PyObject* warningFilters() {
  for (const char* name : {"warnings", "_warnings"}) {
    PyObject* const module = lookUp(modulesDict(), name);
    if (!module || !PyModule_Check(module)) continue;
    PyObject* const filters = lookUp(reinterpret_cast<WaModule*>(module)->dict, "filters");
    return filters && PyList_CheckExact(filters) ? filters : nullptr;
  }
  return nullptr;
}

PyObject* entryFor(const char* call) {
  // A message that is a plain str matches only itself.
  return Py_BuildValue(
      "(sNOOi)", "ignore",
      PyUnicode_FromFormat("This process (pid=%d) is multi-threaded, use of %s() may lead to "
                           "deadlocks in the child.",
                           static_cast<int>(getpid()), call),
      PyExc_DeprecationWarning, Py_None, 0);
}

// Whether this is some hook's code within os.fork(), which warns after its hooks.
bool stillForking() {
  PyFrameObject* frame = PyThreadState_GetFrame(PyThreadState_Get());
  bool inside = false;
  for (int depth = 0; frame; ++depth) {
    PyFrameObject* const back = frame == forker ? nullptr : PyFrame_GetBack(frame);
    inside = frame == forker && depth > 0 && PyFrame_GetLasti(frame) == forkerAt;
    Py_DECREF(frame);
    frame = back;
  }
  return inside;
}

int restorePending(void*) {
  if (!stillForking() || Py_AddPendingCall(restorePending, nullptr) != 0) restoreForkWarning();
  return 0;
}

}  // namespace

void silenceForkWarning(int threads) {
  if (threads > 1) return restoreForkWarning();
  if (entries[0]) return;  // those of the last fork are still there
  PyObject* const filters = warningFilters();
  if (!filters) return;
  forker = PyThreadState_GetFrame(PyThreadState_Get());
  forkerAt = forker ? PyFrame_GetLasti(forker) : 0;
  for (int i = 0; i < kEntries; ++i) {
    entries[i] = entryFor(kCalls[i]);
    if (!entries[i] || PyList_Insert(filters, 0, entries[i]) != 0) PyErr_Clear();
  }
}

void restoreForkWarningSoon() {
  if (entries[0] && Py_AddPendingCall(restorePending, nullptr) != 0) restoreForkWarning();
}

void restoreForkWarning() {
  Py_CLEAR(forker);
  PyObject* const filters = warningFilters();
  for (PyObject*& entry : entries) {
    if (!entry) continue;
    for (Py_ssize_t i = filters ? PyList_GET_SIZE(filters) : 0; i-- > 0;) {
      if (PyList_GET_ITEM(filters, i) == entry) PyList_SetSlice(filters, i, i + 1, nullptr);
    }
    Py_CLEAR(entry);
  }
}

#else

void silenceForkWarning(int) {}
void restoreForkWarningSoon() {}
void restoreForkWarning() {}

#endif

}  // namespace whyalive::agent::compat
