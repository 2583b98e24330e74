#include "agent/compat/revival.h"

#include <sys/uio.h>
#include <unistd.h>

#include <cstring>

#include "agent/compat/interpreter.h"

extern "C" {
extern const std::size_t waInterpreterStateBytes;
extern const std::size_t waForkHooksOffset;
extern const std::size_t waMainThreadStateOffset;  // 0: this version has none
extern struct pyruntimestate _PyRuntime __attribute__((weak));
}

namespace whyalive::agent::compat {
namespace {

struct Facts {
  PyObject* lockHeld = nullptr;
  PyObject* acquireLock = nullptr;
  PyObject* registerAtFork = nullptr;
};
Facts facts;

PyObject* functionOf(const char* module, const char* name) {
  PyObject* imported = PyImport_ImportModule(module);
  PyObject* function = imported ? PyObject_GetAttrString(imported, name) : nullptr;
  Py_XDECREF(imported);
  PyErr_Clear();
  return function;
}

// Reads memory that may not be there.
bool readWord(const void* address, std::uintptr_t& word) {
  iovec here{&word, sizeof word};
  iovec there{const_cast<void*>(address), sizeof word};
  return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == static_cast<ssize_t>(sizeof word);
}

// Whether this is a list that ends with `last`.
bool isListEndingWith(std::uintptr_t candidate, PyObject* last) {
  if (candidate == 0 || (candidate & 7)) return false;
  auto* list = reinterpret_cast<PyListObject*>(candidate);
  std::uintptr_t type = 0, size = 0, items = 0, item = 0;
  if (!readWord(&list->ob_base.ob_base.ob_type, type) ||
      type != reinterpret_cast<std::uintptr_t>(&PyList_Type)) {
    return false;
  }
  if (!readWord(&list->ob_base.ob_size, size) || size == 0 || size > 100000) return false;
  if (!readWord(&list->ob_item, items)) return false;
  return readWord(reinterpret_cast<PyObject**>(items) + size - 1, item) &&
         item == reinterpret_cast<std::uintptr_t>(last);
}

// The interpreter's list of what to call in a forked child: where the headers say, or, in a patch
// release that moved it, wherever in the same struct a list ends with what was just registered.
PyObject* findForkHooks(PyObject* justRegistered) {
  const char* state = reinterpret_cast<const char*>(PyInterpreterState_Get());
  const auto at = [&](std::size_t offset) {
    std::uintptr_t word;
    std::memcpy(&word, state + offset, sizeof word);
    return word;
  };
  if (isListEndingWith(at(waForkHooksOffset), justRegistered)) {
    return reinterpret_cast<PyObject*>(at(waForkHooksOffset));
  }
  for (std::size_t offset = 0; offset + 8 <= waInterpreterStateBytes; offset += 8) {
    if (isListEndingWith(at(offset), justRegistered))
      return reinterpret_cast<PyObject*>(at(offset));
  }
  return nullptr;
}

// Hooks that only make locks and state of the standard library usable again. A hook of the
// program's own could do anything: one was seen to write to a file.
bool isHarmless(PyObject* hook) {
  static constexpr const char* modules[] = {"threading", "logging", "random",
                                            "concurrent.futures.thread"};
  if (PyMethod_Check(hook)) hook = PyMethod_GET_FUNCTION(hook);
  if (PyCFunction_Check(hook)) {
    return std::strcmp(reinterpret_cast<PyCFunctionObject*>(hook)->m_ml->ml_name,
                       "_at_fork_reinit") == 0;
  }
  if (!PyFunction_Check(hook)) return false;
  PyObject* module = PyFunction_GET_MODULE(hook);
  if (!module || !PyUnicode_Check(module)) return false;
  for (const char* name : modules) {
    if (PyUnicode_CompareWithASCIIString(module, name) == 0) return true;
  }
  return false;
}

bool keepHarmlessHooks() {
  PyObject* none = PyTuple_New(0);
  PyObject* names = PyDict_New();
  if (!none || !names) return false;
  PyDict_SetItemString(names, "after_in_child", facts.lockHeld);
  PyObject* done = PyObject_Call(facts.registerAtFork, none, names);
  if (!done) return false;
  PyObject* hooks = findForkHooks(facts.lockHeld);
  if (!hooks) return false;
  Py_ssize_t kept = 0;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(hooks); ++i) {
    PyObject* hook = PyList_GET_ITEM(hooks, i);  // those left out stay referenced: nothing is freed
    if (isHarmless(hook)) PyList_SET_ITEM(hooks, kept++, hook);
  }
  Py_SET_SIZE(reinterpret_cast<PyVarObject*>(hooks), kept);
  return true;
}

// From 3.13 on a signal interrupts only the thread that is noted there. Where a patch release moved
// that note, time limits have no traceback: only the twin's own limit ends an evaluation then.
void becomeMainThread([[maybe_unused]] PyThreadState* mine) {
  char* runtime = reinterpret_cast<char*>(&_PyRuntime);
  if (waMainThreadStateOffset == 0 || !runtime) return;
  PyThreadState* noted = nullptr;
  std::memcpy(&noted, runtime + waMainThreadStateOffset, sizeof(void*));
  std::uintptr_t interpreter = 0;
  if (!noted || !readWord(&noted->interp, interpreter) ||
      interpreter != reinterpret_cast<std::uintptr_t>(mine->interp)) {
    return;
  }
  std::memcpy(runtime + waMainThreadStateOffset, &mine, sizeof(void*));
}

constexpr std::size_t kRuntimeHead = 4096;  // bytes of _PyRuntime in which its lists begin

// The interpreter deletes all others in a forked child, and hangs or crashes over it (3.10
// to 3.13). So they are taken out of its list, whose newest is first and whose last is the main
// one: nobody will look at them here. False: they are still there.
bool leaveOutOtherInterpreters() {
  PyInterpreterState* const head = PyInterpreterState_Head();
  PyInterpreterState* const main = PyInterpreterState_Main();
  if (PyInterpreterState_Next(main)) return false;
  if (head == main) return true;
  char* const runtime = reinterpret_cast<char*>(&_PyRuntime);
  if (!runtime) return false;
  for (std::size_t offset = 0; offset < kRuntimeHead; offset += sizeof(void*)) {
    PyInterpreterState* here = nullptr;
    std::memcpy(&here, runtime + offset, sizeof(void*));
    if (here != head) continue;
    std::memcpy(runtime + offset, &main, sizeof(void*));
    if (PyInterpreterState_Head() == main) return true;
    std::memcpy(runtime + offset, &head, sizeof(void*));
  }
  return false;
}

}  // namespace

void prepareRevival() {
  if (facts.lockHeld) return;
  facts.acquireLock = functionOf("_imp", "acquire_lock");
  facts.registerAtFork = functionOf("posix", "register_at_fork");
  facts.lockHeld = functionOf("_imp", "lock_held");
}

bool calmMoment() {
  if (!facts.lockHeld || !facts.acquireLock || !facts.registerAtFork) return true;
  PyObject* held = PyObject_CallNoArgs(facts.lockHeld);
  const bool importing = held == Py_True;
  Py_XDECREF(held);
  if (!held) PyErr_Clear();
  return !importing && PyThreadState_Get()->prev == nullptr;
}

std::string_view revive() {
  if (!facts.lockHeld || !facts.acquireLock || !facts.registerAtFork) {
    return "this interpreter lacks what a copy needs to run Python";
  }
  PyObject* acquired = PyObject_CallNoArgs(facts.acquireLock);
  if (!acquired) return "the import lock cannot be had";
  if (!keepHarmlessHooks()) return "this interpreter keeps its fork hooks in an unknown place";
  if (!leaveOutOtherInterpreters()) return "the process has other interpreters in an unknown place";
  PyThreadState* mine = PyThreadState_Get();
  // Out of sight while the interpreter clears the states of threads that do not exist here: their
  // frames shall stay readable, and destructors of their thread-locals shall not run.
  PyThreadState* others = mine->next;
  mine->next = nullptr;
  PyOS_AfterFork_Child();
  mine->next = others;
  becomeMainThread(mine);
  return {};
}

}  // namespace whyalive::agent::compat
