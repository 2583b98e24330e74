// The extension module whyalive._agent: start, stop, state. One per CPython version; all it knows
// of the service is InterpreterPort, all the service knows of Python is the same.
#include <unistd.h>

#include <memory>

#include "agent/compat/fork_warning.h"
#include "agent/compat/interpreter.h"
#include "agent/compat/objects.h"
#include "agent/compat/revival.h"
#include "agent/evaluate/evaluation.h"
#include "agent/live.h"
#include "agent/service/agent_service.h"
#include "agent/service/own_thread.h"
#include "protocol/agent/runtime_folder.h"
#include "protocol/snapshot/meta_keys.h"

// Exported by every CPython so far, though declared for itself alone since 3.13.
extern "C" __attribute__((weak)) int _PyObject_DebugMallocStats(FILE* out);

namespace whyalive::agent {
namespace {

// One agent a process: the module's functions and the at-exit hook share it. Guarded by the GIL.
AgentService* service = nullptr;
std::string listeningIn;  // the folder of the service's socket
PyGILState_STATE gilState;

bool enter() {
  gilState = PyGILState_Ensure();
  return true;
}
void leave() { PyGILState_Release(gilState); }

CollectorState collectorState() {
  const compat::CollectorFacts gc = compat::collectorFacts();
  CollectorState state{gc.known, gc.enabled, gc.thresholds[0] != 0 || gc.counts[0] != 0, {}, {}};
  for (int i = 0; i < 3; ++i) {
    state.thresholds[i] = gc.thresholds[i];
    state.counts[i] = gc.counts[i];
  }
  return state;
}

void describeAllocator(FILE* to) {
  if (_PyObject_DebugMallocStats) _PyObject_DebugMallocStats(to);
}

std::string textOf(const char* attribute) {
  PyObject* value = PySys_GetObject(attribute);  // borrowed
  if (!value || !PyUnicode_Check(value)) return {};
  const char* text = PyUnicode_AsUTF8(value);
  if (!text) PyErr_Clear();
  return text ? text : "";
}

std::string searchPath() {
  std::string joined;
  PyObject* path = PySys_GetObject("path");
  if (!path || !PyList_Check(path)) return joined;
  for (Py_ssize_t i = 0; i < PyList_GET_SIZE(path); ++i) {
    PyObject* entry = PyList_GET_ITEM(path, i);
    const char* text = PyUnicode_Check(entry) ? PyUnicode_AsUTF8(entry) : nullptr;
    if (!text) {
      PyErr_Clear();
      continue;
    }
    if (!joined.empty()) joined += '\n';
    joined += text;
  }
  return joined;
}

std::string standardLibrary() {
  PyObject* os = compat::lookUp(compat::modulesDict(), "os");
  if (!os || !PyModule_Check(os)) return {};
  PyObject* file = compat::lookUp(reinterpret_cast<WaModule*>(os)->dict, "__file__");
  const char* text = file && PyUnicode_Check(file) ? PyUnicode_AsUTF8(file) : nullptr;
  if (!text) {
    PyErr_Clear();
    return {};
  }
  const std::string path = text;
  return path.substr(0, path.rfind('/'));
}

InterpreterPort makePort() {
  namespace meta = snapshot::meta;
  InterpreterPort port{enter,
                       leave,
                       walkHeap,
                       countTypes,
                       compat::calmMoment,
                       runEvaluation,
                       executeLive,
                       interruptLive,
                       collectorState,
                       describeAllocator,
                       {},
                       {}};
  std::string version = textOf("version");
  port.python = version.substr(0, version.find(' '));
  for (char& c : version) {
    if (c == '\n') c = ' ';
  }
  const auto add = [&](std::string_view key, std::string value) {
    port.facts.emplace_back(std::string(key), std::move(value));
  };
  add(meta::kPythonImplementation, version);
  add(meta::kExecutable, textOf("executable"));
  add(meta::kPrefix, textOf("prefix"));
  add(meta::kStdlib, standardLibrary());
  add(meta::kPath, searchPath());
  return port;
}

PyObject* raise(const Error& error) {
  PyErr_SetString(PyExc_RuntimeError, error.text().c_str());
  return nullptr;
}

// Does nothing when the agent runs already, wherever it listens. GIL held; let go meanwhile.
Result<void> startIn(const std::string& folder) {
  if (service && service->running()) return {};
  const std::string_view refusal = compat::prepare();
  if (!refusal.empty()) {
    return fail(ErrorCode::Unsupported,
                "whyalive cannot watch this Python: " + std::string(refusal));
  }
  compat::prepareRevival();
  try {
    auto fresh = std::make_unique<AgentService>(makePort());
    Result<void> started;
    Py_BEGIN_ALLOW_THREADS delete service;  // one that a client stopped
    service = nullptr;
    started = fresh->start(folder);
    Py_END_ALLOW_THREADS if (!started) return started;
    service = fresh.release();
    listeningIn = folder;
  } catch (const std::exception& e) {
    return fail(ErrorCode::ResourceExhausted, e.what());
  }
  return {};
}

PyObject* stop(PyObject*, PyObject*) {
  AgentService* old = service;
  service = nullptr;
  if (old) {
    Py_BEGIN_ALLOW_THREADS delete old;
    Py_END_ALLOW_THREADS
  }
  Py_RETURN_NONE;
}

PyObject* isRunning(PyObject*, PyObject*) { return PyBool_FromLong(service && service->running()); }

PyObject* beforeFork(PyObject*, PyObject*) {
  if (service && service->running()) compat::silenceForkWarning(otherThreadCount());
  Py_RETURN_NONE;
}

PyObject* afterForkInParent(PyObject*, PyObject*) {
  compat::restoreForkWarningSoon();
  Py_RETURN_NONE;
}

// A process ends with the last of its threads, and the agent's are none of its own. This is told to
// the one that a fork has left as the main thread: the child of another thread's fork ends so,
// where it does not run to an exit.
void mainThreadEnds() {
  if (otherThreadCount() > 1) return;  // the agent's thread sees the last one go
  delete service;
  service = nullptr;
}

// The child gets an agent like its parent's. The parent's threads do not exist here: what they left
// is abandoned, not freed.
PyObject* afterForkInChild(PyObject*, PyObject*) {
  compat::restoreForkWarning();
  const bool was = service && service->running();
  service = nullptr;
  forgetOwnThreads();
  if (was) (void)startIn(listeningIn);  // the child works as well without an agent
  whenThisThreadEnds(mainThreadEnds);
  Py_RETURN_NONE;
}

PyObject* start(PyObject* module, PyObject*);
PyObject* attachFrom(PyObject* module, PyObject* argument);

PyMethodDef kMethods[] = {
    {"start", start, METH_NOARGS, nullptr},
    {"stop", stop, METH_NOARGS, nullptr},
    {"is_running", isRunning, METH_NOARGS, nullptr},
    {"attach", attachFrom, METH_O, nullptr},
    {"before_fork", beforeFork, METH_NOARGS, nullptr},
    {"after_fork_in_parent", afterForkInParent, METH_NOARGS, nullptr},
    {"after_fork_in_child", afterForkInChild, METH_NOARGS, nullptr},
    {nullptr, nullptr, 0, nullptr},
};

PyModuleDef kModule = {PyModuleDef_HEAD_INIT,
                       "whyalive._agent",
                       nullptr,
                       -1,
                       kMethods,
                       nullptr,
                       nullptr,
                       nullptr,
                       nullptr};

// This very module under its usual name, so that a later `import whyalive` finds it. Borrowed.
PyObject* presentModule() {
  PyObject* const modules = PyImport_GetModuleDict();
  if (PyObject* module = PyDict_GetItemString(modules, "whyalive._agent")) return module;
  PyObject* const module = PyModule_Create(&kModule);
  if (!module) return nullptr;
  const int failed = PyDict_SetItemString(modules, "whyalive._agent", module);
  Py_DECREF(module);
  return failed ? nullptr : module;
}

// os.register_at_fork and atexit.register with the module's own functions, once a process.
bool setHooks(PyObject* module) {
  if (PyObject_HasAttrString(module, "hooked")) return true;
  PyObject* const os = PyImport_ImportModule("os");
  PyObject* const atexit = os ? PyImport_ImportModule("atexit") : nullptr;
  PyObject* const atFork = atexit ? PyObject_GetAttrString(os, "register_at_fork") : nullptr;
  PyObject* const none = atFork ? PyTuple_New(0) : nullptr;
  const auto function = [&](const char* name) { return PyObject_GetAttrString(module, name); };
  PyObject* const hooks = none ? Py_BuildValue("{s:N,s:N,s:N}", "before", function("before_fork"),
                                               "after_in_parent", function("after_fork_in_parent"),
                                               "after_in_child", function("after_fork_in_child"))
                               : nullptr;
  PyObject* const first = hooks ? PyObject_Call(atFork, none, hooks) : nullptr;
  PyObject* const second =
      first ? PyObject_CallMethod(atexit, "register", "N", function("stop")) : nullptr;
  const bool done = second && PyObject_SetAttrString(module, "hooked", Py_True) == 0;
  for (PyObject* used : {os, atexit, atFork, none, hooks, first, second}) Py_XDECREF(used);
  return done;
}

PyObject* start(PyObject* module, PyObject*) {
  if (const auto started = startIn(runtimeFolder()); !started) return raise(started.error());
  if (!setHooks(module)) return nullptr;
  Py_RETURN_NONE;
}

Result<std::string> attachTo(PyObject* module, const std::string& folder) {
  if (module) {
    if (const auto started = startIn(folder.empty() ? runtimeFolder() : folder); !started) {
      return std::unexpected(started.error());
    }
  }
  if (!module || !setHooks(module)) {
    PyErr_Clear();
    return fail(ErrorCode::ResourceExhausted, "the process has no room for the agent's module");
  }
  return socketPath(listeningIn, getpid());
}

// attach(folder) -> path of the socket, for the script of sys.remote_exec's kind.
PyObject* attachFrom(PyObject* module, PyObject* argument) {
  const char* const folder = PyUnicode_Check(argument) ? PyUnicode_AsUTF8(argument) : "";
  if (!folder) return nullptr;
  const auto socket = attachTo(module, folder);
  if (!socket) return raise(socket.error());
  return PyUnicode_DecodeFSDefault(socket->c_str());
}

}  // namespace
}  // namespace whyalive::agent

// For `whyalive attach`, called on a thread that is not Python's (server/attach/launch_block.h):
// starts the agent with its socket in that folder ("" for its own choice). Leaves the socket's
// path, or what went wrong, in `text`. 0 for success.
extern "C" __attribute__((visibility("default"))) int whyalive_agent_attach(const char* folder,
                                                                            char* text,
                                                                            std::size_t size) {
  const PyGILState_STATE held = PyGILState_Ensure();
  const auto socket = whyalive::agent::attachTo(whyalive::agent::presentModule(), folder);
  PyGILState_Release(held);
  const std::string answer = socket ? *socket : socket.error().text();
  text[answer.copy(text, size - 1)] = '\0';
  return socket ? 0 : 1;
}

extern "C" __attribute__((visibility("default"))) PyObject* PyInit__agent() {
  return PyModule_Create(&whyalive::agent::kModule);
}
