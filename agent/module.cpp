// The extension module whyalive._agent: start, stop, state. One per CPython version; all it knows
// of the service is InterpreterPort, all the service knows of Python is the same.
#include <memory>

#include "agent/compat/interpreter.h"
#include "agent/compat/objects.h"
#include "agent/service/agent_service.h"
#include "agent/service/runtime_folder.h"
#include "protocol/snapshot/meta_keys.h"

namespace whyalive::agent {
namespace {

// One agent a process: the module's functions and the at-exit hook share it. Guarded by the GIL.
AgentService* service = nullptr;
PyGILState_STATE gilState;

bool enter() {
  gilState = PyGILState_Ensure();
  return true;
}
void leave() { PyGILState_Release(gilState); }

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
  InterpreterPort port{enter, leave, walkHeap, {}, {}};
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

PyObject* start(PyObject*, PyObject*) {
  if (service && service->running()) Py_RETURN_NONE;
  const std::string_view refusal = compat::prepare();
  if (!refusal.empty()) {
    return raise(
        {ErrorCode::Unsupported, "whyalive cannot watch this Python: " + std::string(refusal), ""});
  }
  try {
    auto fresh = std::make_unique<AgentService>(makePort());
    const std::string folder = runtimeFolder();
    Result<void> started;
    Py_BEGIN_ALLOW_THREADS delete service;  // one that a client stopped
    service = nullptr;
    started = fresh->start(folder);
    Py_END_ALLOW_THREADS if (!started) return raise(started.error());
    service = fresh.release();
  } catch (const std::exception& e) {
    return raise({ErrorCode::ResourceExhausted, e.what(), ""});
  }
  Py_RETURN_NONE;
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

// In the child of a fork the agent's threads do not exist: what they left is abandoned, not freed.
PyObject* afterFork(PyObject*, PyObject*) {
  const bool was = service && service->running();
  service = nullptr;
  return PyBool_FromLong(was);
}

PyMethodDef kMethods[] = {
    {"start", start, METH_NOARGS, nullptr},
    {"stop", stop, METH_NOARGS, nullptr},
    {"is_running", isRunning, METH_NOARGS, nullptr},
    {"after_fork", afterFork, METH_NOARGS, nullptr},
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

}  // namespace
}  // namespace whyalive::agent

extern "C" __attribute__((visibility("default"))) PyObject* PyInit__agent() {
  return PyModule_Create(&whyalive::agent::kModule);
}
