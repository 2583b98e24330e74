#include "agent/evaluate/evaluation.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "agent/compat/interpreter.h"
#include "agent/compat/marshal.h"
#include "agent/compat/python.h"
#include "agent/compat/revival.h"
#include "agent/evaluate/copy_memory.h"
#include "agent/evaluate/inside_code.h"
#include "agent/evaluate/inside_source.h"
#include "agent/evaluate/stream.h"
#include "agent/twin/guard.h"
#include "agent/twin/raw_clone.h"

namespace whyalive::agent {
namespace {

constexpr std::uint64_t kLeastMemory = std::uint64_t{64} << 20;
constexpr int kCouldNotRun = 98;

EvaluationSetup here;  // of this process
int lifeline = -1;     // closes with this process: the checkpoint behind it wakes up then

// ---- what the Python code inside can call ----

PyObject* objectAt(PyObject*, PyObject* argument) {
  const std::size_t address = PyLong_AsSize_t(argument);
  if (address == static_cast<std::size_t>(-1) && PyErr_Occurred()) return nullptr;
  auto* object = reinterpret_cast<PyObject*>(address);
  Py_INCREF(object);
  return object;
}

PyObject* sendMessage(PyObject*, PyObject* argument) {
  char* body = nullptr;
  Py_ssize_t length = 0;
  if (PyBytes_AsStringAndSize(argument, &body, &length) != 0) return nullptr;
  if (!sendFrame(here.stream, 'J', body, static_cast<std::size_t>(length))) _exit(0);
  Py_RETURN_NONE;
}

// (kind, bytes). The client's leaving ends this process.
PyObject* receiveMessage(PyObject*, PyObject*) {
  FrameHead head;
  bool fine = false;
  Py_BEGIN_ALLOW_THREADS fine = receiveHead(here.stream, head);
  Py_END_ALLOW_THREADS if (!fine) _exit(0);
  PyObject* body = PyBytes_FromStringAndSize(nullptr, head.length);
  if (!body) return nullptr;
  Py_BEGIN_ALLOW_THREADS fine = receiveBody(here.stream, PyBytes_AS_STRING(body), head.length);
  Py_END_ALLOW_THREADS if (!fine) _exit(0);
  return Py_BuildValue("(s#N)", &head.kind, Py_ssize_t{1}, body);
}

PyObject* dropCheckpoint(PyObject*, PyObject*) {
  if (lifeline >= 0) {
    here.slot->checkpoint.store(0);
    [[maybe_unused]] const ssize_t told = write(lifeline, "", 1);
    close(lifeline);
    lifeline = -1;
  }
  Py_RETURN_NONE;
}

// Sleeps until this process's original is done with its input (then it ends) or has died (then it
// returns and is the session).
void waitBehind(int end) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != here.twin) _exit(0);
  char told;
  ssize_t n;
  do {
    n = read(end, &told, 1);
  } while (n < 0 && errno == EINTR);
  if (n != 0) _exit(0);
  close(end);
}

// A copy of this process as it is now, for the case that what comes next kills it. False here; True
// in the copy once it has taken over.
PyObject* makeCheckpoint(PyObject* self, PyObject*) {
  Py_XDECREF(dropCheckpoint(self, nullptr));
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return PyErr_SetFromErrno(PyExc_OSError);
  const long pid = rawClone(CLONE_PARENT);
  if (pid == 0) {
    close(ends[1]);
    waitBehind(ends[0]);
    Py_RETURN_TRUE;
  }
  close(ends[0]);
  if (pid < 0) {
    close(ends[1]);
    return PyErr_SetFromErrno(PyExc_OSError);
  }
  lifeline = ends[1];
  here.slot->checkpoint.store(static_cast<pid_t>(pid));
  Py_RETURN_FALSE;
}

PyMethodDef kFunctions[] = {
    {"object_at", objectAt, METH_O, nullptr},
    {"send", sendMessage, METH_O, nullptr},
    {"receive", receiveMessage, METH_NOARGS, nullptr},
    {"make_checkpoint", makeCheckpoint, METH_NOARGS, nullptr},
    {"drop_checkpoint", dropCheckpoint, METH_NOARGS, nullptr},
};

// ---- running it ----

bool addFunctions(PyObject* names) {
  for (PyMethodDef& one : kFunctions) {
    PyObject* function = PyCFunction_New(&one, nullptr);
    if (!function || PyDict_SetItemString(names, one.ml_name, function) != 0) return false;
    Py_DECREF(function);
  }
  return true;
}

// Null, with an exception, where it cannot be compiled.
PyObject* codeOf(std::size_t module) {
  const InsideCode made = insideCode();
  if (made.magic == PyImport_GetMagicNumber()) {
    const auto bytes = made.modules[module];
    PyObject* code = PyMarshal_ReadObjectFromString(reinterpret_cast<const char*>(bytes.data()),
                                                    static_cast<Py_ssize_t>(bytes.size()));
    if (code) return code;
    PyErr_Clear();
  }
  const InsideSource& source = insideSources()[module];
  return Py_CompileString(source.text, source.name, Py_file_input);
}

bool runModule(std::size_t module, PyObject* names) {
  PyObject* code = codeOf(module);
  PyObject* result = code ? PyEval_EvalCode(code, names, names) : nullptr;
  Py_XDECREF(code);
  Py_XDECREF(result);
  return result != nullptr;
}

// Says why nothing could run, in a frame that the client understands.
int refuse(std::string_view why) {
  char body[256] = "{\"refused\":\"";
  std::size_t length = std::strlen(body);
  for (std::size_t i = 0; i < why.size() && length < sizeof body - 4; ++i) body[length++] = why[i];
  body[length++] = '"';
  body[length++] = '}';
  sendFrame(here.stream, 'J', body, length);
  return kCouldNotRun;
}

}  // namespace

int runEvaluation(const EvaluationSetup& setup) {
  here = setup;
  const std::uint64_t memory = setup.memoryBytes < kLeastMemory ? kLeastMemory : setup.memoryBytes;
  if (!useCopyMemory(memory)) return refuse("there is no memory for an evaluation");
  const int interpreters = compat::interpreterCount();  // reviving leaves the main one
  if (const std::string_view why = compat::revive(); !why.empty()) return refuse(why);
  setup.slot->guard.store(guardProcess(memory));
  PyObject* names = PyDict_New();
  PyObject* builtins = PyEval_GetBuiltins();
  if (!names || PyDict_SetItemString(names, "__builtins__", builtins) != 0 ||
      PyDict_SetItemString(names, "__name__", PyUnicode_FromString("<whyalive>")) != 0 ||
      PyDict_SetItemString(names, "OTHER_INTERPRETERS", PyLong_FromLong(interpreters - 1)) != 0 ||
      !addFunctions(names)) {
    return refuse("there is no memory for an evaluation");
  }
  for (std::size_t module = 0; module < insideSources().size(); ++module) {
    if (runModule(module, names)) continue;
    PyErr_Print();
    return refuse("the copy's Python cannot run the evaluator");
  }
  return 0;
}

}  // namespace whyalive::agent
