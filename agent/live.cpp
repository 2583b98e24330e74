#include "agent/live.h"

#include <string>

#include "agent/compat/python.h"

namespace whyalive::agent {
namespace {

// run(source, names): (what was printed, None or (type, message, traceback)).
constexpr const char* kSource = R"py(
def run(source, names):
    import ast, sys, traceback
    printed, size = [], 0

    def show(*values, sep=" ", end="\n", file=None, flush=False):
        nonlocal size
        if file is not None:
            return print(*values, sep=sep, end=end, file=file, flush=flush)
        text = (" " if sep is None else sep).join(map(str, values)) + ("\n" if end is None else end)
        if size < 1000000:
            printed.append(text[:1000000 - size])
            size += len(text)

    names["print"] = show
    error = None
    try:
        for statement in ast.parse(source, "<live>").body:
            if isinstance(statement, ast.Expr):
                value = eval(compile(ast.Expression(statement.value), "<live>", "eval"), names)
                if value is not None:
                    names["_"] = value
                    show(repr(value))
            else:
                exec(compile(ast.Module([statement], []), "<live>", "exec"), names)
    except BaseException as raised:
        kept = traceback.format_exception(type(raised), raised, raised.__traceback__)
        error = (type(raised).__name__, str(raised), "".join(kept))
    return "".join(printed), error
)py";

PyObject* liveNames = nullptr;  // guarded by the GIL

std::string textOf(PyObject* value) {
  Py_ssize_t length = 0;
  const char* text =
      value && PyUnicode_Check(value) ? PyUnicode_AsUTF8AndSize(value, &length) : nullptr;
  if (!text) {
    PyErr_Clear();
    return {};
  }
  return {text, static_cast<std::size_t>(length)};
}

PyObject* freshNames() {
  PyObject* main = PyImport_AddModule("__main__");  // borrowed
  PyObject* names = main ? PyDict_Copy(PyModule_GetDict(main)) : nullptr;
  if (names) PyDict_SetItemString(names, "__builtins__", PyEval_GetBuiltins());
  return names;
}

// The function `run`, made anew each time: nothing of it stays in the process.
PyObject* makeRun() {
  PyObject* space = PyDict_New();
  if (!space) return nullptr;
  PyDict_SetItemString(space, "__builtins__", PyEval_GetBuiltins());
  PyObject* code = Py_CompileString(kSource, "<whyalive live>", Py_file_input);
  PyObject* done = code ? PyEval_EvalCode(code, space, space) : nullptr;
  PyObject* run = done ? PyDict_GetItemString(space, "run") : nullptr;
  Py_XINCREF(run);
  Py_XDECREF(code);
  Py_XDECREF(done);
  Py_DECREF(space);
  return run;
}

wire::ExecuteError describe(PyObject* error) {
  return {textOf(PyTuple_GetItem(error, 0)), textOf(PyTuple_GetItem(error, 1)),
          textOf(PyTuple_GetItem(error, 2))};
}

}  // namespace

wire::ExecuteResult executeLive(const wire::ExecuteParams& params) {
  wire::ExecuteResult result;
  if (params.fresh || !liveNames) {
    Py_XDECREF(liveNames);
    liveNames = freshNames();
  }
  PyObject* run = makeRun();
  PyObject* outcome =
      run && liveNames
          ? PyObject_CallFunction(run, "s#O", params.source.data(),
                                  static_cast<Py_ssize_t>(params.source.size()), liveNames)
          : nullptr;
  if (outcome && PyTuple_Check(outcome) && PyTuple_GET_SIZE(outcome) == 2) {
    result.output = textOf(PyTuple_GET_ITEM(outcome, 0));
    PyObject* error = PyTuple_GET_ITEM(outcome, 1);
    if (PyTuple_Check(error) && PyTuple_GET_SIZE(error) == 3) result.error.value = describe(error);
  } else {
    // The limit may strike outside the code's own frames.
    result.error.value = wire::ExecuteError{"TimeoutError", "it was interrupted", ""};
    PyErr_Clear();
  }
  Py_XDECREF(outcome);
  Py_XDECREF(run);
  return result;
}

void interruptLive(std::uint64_t thread) {
  PyThreadState_SetAsyncExc(static_cast<unsigned long>(thread), PyExc_TimeoutError);
}

}  // namespace whyalive::agent
