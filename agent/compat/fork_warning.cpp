#include "agent/compat/fork_warning.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "agent/compat/interpreter.h"
#include "agent/compat/objects.h"

namespace whyalive::agent::compat {

#if PY_VERSION_HEX >= 0x030C0000

namespace {

constexpr int kEntries = 2;
constexpr const char* kCalls[kEntries] = {"fork", "forkpty"};
// Borrowed by nobody else; owned from silence to restore. Guarded by the GIL.
PyObject* entries[kEntries];

// Field 20 of /proc/self/stat; the name in field 2 may hold anything.
long threadCount() {
  char text[1024];
  const int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  const ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length <= 0) return 0;
  text[length] = '\0';
  const char* at = std::strrchr(text, ')');
  for (int field = 2; at && field < 20; ++field) at = std::strchr(at + 1, ' ');
  return at ? std::strtol(at, nullptr, 10) : 0;
}

// The list that the interpreter looks at; borrowed.
PyObject* warningFilters() {
  PyObject* const module = lookUp(modulesDict(), "warnings");
  if (!module || !PyModule_Check(module)) return nullptr;
  PyObject* const filters = lookUp(reinterpret_cast<WaModule*>(module)->dict, "filters");
  return filters && PyList_CheckExact(filters) ? filters : nullptr;
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

int restorePending(void*) {
  restoreForkWarning();
  return 0;
}

}  // namespace

void silenceForkWarning(int ownThreads) {
  if (threadCount() - ownThreads > 1) return restoreForkWarning();
  if (entries[0]) return;  // those of the last fork are still there
  PyObject* const filters = warningFilters();
  if (!filters) return;
  for (int i = 0; i < kEntries; ++i) {
    entries[i] = entryFor(kCalls[i]);
    if (!entries[i] || PyList_Insert(filters, 0, entries[i]) != 0) PyErr_Clear();
  }
}

void restoreForkWarningSoon() {
  if (entries[0] && Py_AddPendingCall(restorePending, nullptr) != 0) restoreForkWarning();
}

void restoreForkWarning() {
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
