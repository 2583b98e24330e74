// Frames, generators and code objects on every version (see interpreter.h).
#include "agent/compat/interpreter.h"
#include "agent/compat/objects.h"

namespace whyalive::agent::compat {
namespace {

PyObject* asObject(void* o) { return static_cast<PyObject*>(o); }

struct FieldList {
  FrameField* fields;
  int count = 0;
  void add(const char* name, void* value) { fields[count++] = {name, asObject(value)}; }
};

#if PY_VERSION_HEX >= 0x030B0000

std::uint8_t* instructionsOf(PyCodeObject* code) {
  return reinterpret_cast<std::uint8_t*>(code->co_code_adaptive);
}

bool hasCode(const WaInterpreterFrame* frame) {
  return frame->owner != WA_OWNED_BY_C_STACK && frame->executable &&
         PyCode_Check(frame->executable);
}

int lineOf(WaInterpreterFrame* frame, PyCodeObject* code) {
  if (frame->frameObject) {
    const int traced = reinterpret_cast<WaFrameObject*>(frame->frameObject)->line;
    if (traced > 0) return traced;
  }
  const std::ptrdiff_t offset =
      reinterpret_cast<std::uint8_t*>(frame->instruction) - instructionsOf(code);
  const int line = PyCode_Addr2Line(code, static_cast<int>(offset));
  return line > 0 ? line : code->co_firstlineno;
}

// `withStack` where the depth of the evaluation stack is known: not in a frame that executes.
void describe(WaInterpreterFrame* from, bool withStack, Frame& frame) {
  auto* code = reinterpret_cast<PyCodeObject*>(from->executable);
  frame = Frame{};
  frame.code = code;
  frame.frameObject = from->frameObject;
  frame.variables = from->localsPlus;
  frame.variableCount = code->co_nlocalsplus;
  if (from->stackTop >= 0 && from->stackTop < frame.variableCount) {
    frame.variableCount = from->stackTop;  // not yet, or no longer, all of them
  } else if (withStack && from->stackTop > frame.variableCount) {
    frame.stack = from->localsPlus + frame.variableCount;
    frame.stackCount = from->stackTop - frame.variableCount;
  }
  FieldList list{frame.fields};
  list.add("f_func", from->function);
  list.add("f_locals", from->locals);
  list.add("f_code", from->executable);
  list.add("frame", from->frameObject);
  frame.fieldCount = list.count;
  frame.line = lineOf(from, code);
  frame.ownedByThread = from->owner == WA_OWNED_BY_THREAD;
  if (from->owner == WA_OWNED_BY_GENERATOR) {
    frame.generator = reinterpret_cast<PyObject*>(reinterpret_cast<char*>(from) -
                                                  offsetof(PyGenObject, gi_iframe));
  }
}

WaInterpreterFrame* currentFrame(PyThreadState* thread) {
#if PY_VERSION_HEX >= 0x030D0000
  return reinterpret_cast<WaInterpreterFrame*>(thread->current_frame);
#else
  return thread->cframe ? reinterpret_cast<WaInterpreterFrame*>(thread->cframe->current_frame)
                        : nullptr;
#endif
}

WaInterpreterFrame* frameIn(PyGenObject* generator) {
  return reinterpret_cast<WaInterpreterFrame*>(generator->gi_iframe);
}

#endif

}  // namespace

#if PY_VERSION_HEX >= 0x030B0000

void visitFrames(PyThreadState* thread, void (*visit)(const Frame&, void*), void* context) {
  for (WaInterpreterFrame* at = currentFrame(thread); at; at = at->previous) {
    if (!hasCode(at)) continue;
    Frame frame;
    describe(at, false, frame);
    visit(frame, context);
  }
}

bool generatorFrame(PyObject* o, Frame& frame) {
  auto* generator = reinterpret_cast<PyGenObject*>(o);
  if (generator->gi_frame_state >= WA_FRAME_COMPLETED) return false;
  WaInterpreterFrame* from = frameIn(generator);
  if (!hasCode(from)) return false;
  describe(from, generator->gi_frame_state < WA_FRAME_EXECUTING, frame);
  frame.generator = o;
  return true;
}

snapshot::FrameState generatorState(PyObject* o) {
  const int state = reinterpret_cast<PyGenObject*>(o)->gi_frame_state;
  if (state == WA_FRAME_CREATED) return snapshot::FrameState::Created;
  if (state < WA_FRAME_EXECUTING) return snapshot::FrameState::Suspended;
  if (state == WA_FRAME_EXECUTING) return snapshot::FrameState::Running;
  return snapshot::FrameState::Completed;
}

int generatorFields(PyObject* o, FrameField fields[6]) {
  auto* generator = reinterpret_cast<PyGenObject*>(o);
  FieldList list{fields};
  list.add("gi_name", generator->gi_name);
  list.add("gi_qualname", generator->gi_qualname);
#if PY_VERSION_HEX < 0x030C0000
  list.add("gi_code", generator->gi_code);
#endif
  list.add("exc_value", generator->gi_exc_state.exc_value);
  // Not even initialised in a plain generator.
  const bool used = Py_IS_TYPE(o, &PyCoro_Type) || Py_IS_TYPE(o, &PyAsyncGen_Type);
  list.add("origin_or_finalizer", used ? generator->gi_origin_or_finalizer : nullptr);
  return list.count;
}

bool frameOfObject(PyObject* o, Frame& frame) {
  WaInterpreterFrame* from = reinterpret_cast<WaFrameObject*>(o)->frame;
  if (!from || from->owner != WA_OWNED_BY_FRAME_OBJECT || !hasCode(from)) return false;
  describe(from, true, frame);
  frame.frameObject = reinterpret_cast<PyFrameObject*>(o);
  return true;
}

int frameObjectFields(PyObject* o, FrameField fields[8]) {
  auto* frame = reinterpret_cast<WaFrameObject*>(o);
  FieldList list{fields};
  list.add("f_back", frame->back);
  list.add("f_trace", frame->trace);
#if PY_VERSION_HEX >= 0x030D0000
  list.add("f_extra_locals", frame->extraLocals);
  list.add("f_locals_cache", frame->localsCache);
#endif
  return list.count;
}

bool isRunning(PyObject* o) {
  WaInterpreterFrame* from = reinterpret_cast<WaFrameObject*>(o)->frame;
  if (!from) return false;
  if (from->owner == WA_OWNED_BY_GENERATOR) {
    auto* generator = reinterpret_cast<PyGenObject*>(reinterpret_cast<char*>(from) -
                                                     offsetof(PyGenObject, gi_iframe));
    return generator->gi_frame_state == WA_FRAME_EXECUTING;
  }
  return from->owner == WA_OWNED_BY_THREAD;
}

PyObject* variableName(PyCodeObject* code, int i) {
  return PyTuple_GET_ITEM(code->co_localsplusnames, i);
}
int variableCount(PyCodeObject* code) { return code->co_nlocalsplus; }
PyObject* qualifiedName(PyCodeObject* code) { return code->co_qualname; }

#else  // 3.10: every frame is an object

namespace {

void describe(PyFrameObject* from, Frame& frame) {
  frame = Frame{};
  frame.code = from->f_code;
  frame.frameObject = from;
  frame.variables = from->f_localsplus;
  frame.variableCount = variableCount(from->f_code);
  if (from->f_stackdepth > 0) {
    frame.stack = from->f_valuestack;
    frame.stackCount = from->f_stackdepth;
  }
  frame.line = PyFrame_GetLineNumber(from);
  if (frame.line <= 0) frame.line = from->f_code->co_firstlineno;
  frame.generator = from->f_gen;
}

}  // namespace

void visitFrames(PyThreadState* thread, void (*visit)(const Frame&, void*), void* context) {
  for (PyFrameObject* at = thread->frame; at; at = at->f_back) {
    Frame frame;
    describe(at, frame);
    frame.stackCount = 0;
    frame.fields[0] = {"frame", reinterpret_cast<PyObject*>(at)};
    // A generator's frame is held by its generator, the others by the C stack that runs them.
    frame.fieldCount = at->f_gen ? 0 : 1;
    visit(frame, context);
  }
}

bool generatorFrame(PyObject* o, Frame& frame) {
  auto* generator = reinterpret_cast<PyGenObject*>(o);
  if (!generator->gi_frame) return false;
  describe(generator->gi_frame, frame);
  frame.generator = o;
  return true;
}

snapshot::FrameState generatorState(PyObject* o) {
  PyFrameObject* frame = reinterpret_cast<PyGenObject*>(o)->gi_frame;
  if (!frame) return snapshot::FrameState::Completed;
  if (frame->f_state == FRAME_EXECUTING) return snapshot::FrameState::Running;
  if (frame->f_state > FRAME_EXECUTING) return snapshot::FrameState::Completed;
  return frame->f_lasti < 0 ? snapshot::FrameState::Created : snapshot::FrameState::Suspended;
}

int generatorFields(PyObject* o, FrameField fields[6]) {
  auto* generator = reinterpret_cast<PyGenObject*>(o);
  FieldList list{fields};
  list.add("gi_frame", generator->gi_frame);
  list.add("gi_code", generator->gi_code);
  list.add("gi_name", generator->gi_name);
  list.add("gi_qualname", generator->gi_qualname);
  list.add("exc_value", generator->gi_exc_state.exc_value);
  list.add("origin_or_finalizer",
           Py_IS_TYPE(o, &PyCoro_Type)       ? reinterpret_cast<PyCoroObject*>(o)->cr_origin
           : Py_IS_TYPE(o, &PyAsyncGen_Type) ? reinterpret_cast<PyAsyncGenObject*>(o)->ag_finalizer
                                             : nullptr);
  return list.count;
}

bool frameOfObject(PyObject* o, Frame& frame) {
  describe(reinterpret_cast<PyFrameObject*>(o), frame);
  return true;
}

int frameObjectFields(PyObject* o, FrameField fields[8]) {
  auto* frame = reinterpret_cast<PyFrameObject*>(o);
  FieldList list{fields};
  list.add("f_back", frame->f_back);
  list.add("f_code", frame->f_code);
  list.add("f_builtins", frame->f_builtins);
  list.add("f_globals", frame->f_globals);
  list.add("f_locals", frame->f_locals);
  list.add("f_trace", frame->f_trace);
  return list.count;
}

bool isRunning(PyObject* o) {
  return reinterpret_cast<PyFrameObject*>(o)->f_state == FRAME_EXECUTING;
}

PyObject* variableName(PyCodeObject* code, int i) {
  for (PyObject* names : {code->co_varnames, code->co_cellvars, code->co_freevars}) {
    const auto count = static_cast<int>(PyTuple_GET_SIZE(names));
    if (i < count) return PyTuple_GET_ITEM(names, i);
    i -= count;
  }
  return nullptr;
}
int variableCount(PyCodeObject* code) {
  return code->co_nlocals + static_cast<int>(PyTuple_GET_SIZE(code->co_cellvars)) +
         static_cast<int>(PyTuple_GET_SIZE(code->co_freevars));
}
PyObject* qualifiedName(PyCodeObject* code) { return code->co_name; }

#endif

namespace {

struct CodeField {
  const char* name;
  std::size_t offset;
};
constexpr CodeField kCodeFields[] = {
    {"co_consts", offsetof(PyCodeObject, co_consts)},
    {"co_names", offsetof(PyCodeObject, co_names)},
    {"co_filename", offsetof(PyCodeObject, co_filename)},
    {"co_name", offsetof(PyCodeObject, co_name)},
    {"co_linetable", offsetof(PyCodeObject, co_linetable)},
#if PY_VERSION_HEX >= 0x030B0000
    {"co_qualname", offsetof(PyCodeObject, co_qualname)},
    {"co_exceptiontable", offsetof(PyCodeObject, co_exceptiontable)},
    {"co_localsplusnames", offsetof(PyCodeObject, co_localsplusnames)},
    {"co_localspluskinds", offsetof(PyCodeObject, co_localspluskinds)},
#else
    {"co_code", offsetof(PyCodeObject, co_code)},
    {"co_varnames", offsetof(PyCodeObject, co_varnames)},
    {"co_freevars", offsetof(PyCodeObject, co_freevars)},
    {"co_cellvars", offsetof(PyCodeObject, co_cellvars)},
#endif
#if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030C0000
    {"_co_code", offsetof(PyCodeObject, _co_code)},
#endif
};

}  // namespace

int codeFieldNames(FrameField fields[16]) {
  FieldList list{fields};
  for (const CodeField& field : kCodeFields) list.add(field.name, nullptr);
#if PY_VERSION_HEX >= 0x030C0000
  for (int i = 0; i < 4; ++i) list.add("cached", nullptr);
#endif
  return list.count;
}

int codeFields(PyCodeObject* code, FrameField fields[16]) {
  FieldList list{fields};
  for (const CodeField& field : kCodeFields) {
    list.add(field.name,
             *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(code) + field.offset));
  }
#if PY_VERSION_HEX >= 0x030C0000
  auto* cached = reinterpret_cast<PyObject**>(code->_co_cached);  // code, varnames, cellvars …
  for (int i = 0; i < 4; ++i) list.add("cached", cached ? cached[i] : nullptr);
#endif
  return list.count;
}

namespace {

[[maybe_unused]] std::size_t slotBytes(PyCodeObject* code) {
  return static_cast<std::size_t>(variableCount(code) + code->co_stacksize) * sizeof(PyObject*);
}

}  // namespace

#if PY_VERSION_HEX >= 0x030B0000

std::size_t generatorBytes(PyObject* o, PyTypeObject*) {
  auto* generator = reinterpret_cast<PyGenObject*>(o);
  auto* code = reinterpret_cast<PyCodeObject*>(frameIn(generator)->executable);
#if PY_VERSION_HEX < 0x030C0000
  code = generator->gi_code;
#endif
  return offsetof(PyGenObject, gi_iframe) + offsetof(WaInterpreterFrame, localsPlus) +
         slotBytes(code);
}

std::size_t frameObjectBytes(PyObject* o) {
  auto* frame = reinterpret_cast<WaFrameObject*>(o)->frame;
  return offsetof(WaFrameObject, data) + offsetof(WaInterpreterFrame, localsPlus) +
         slotBytes(reinterpret_cast<PyCodeObject*>(frame->executable));
}

#else

std::size_t generatorBytes(PyObject*, PyTypeObject* type) {
  return static_cast<std::size_t>(type->tp_basicsize);
}

std::size_t frameObjectBytes(PyObject* o) {
  return sizeof(PyFrameObject) + slotBytes(reinterpret_cast<PyFrameObject*>(o)->f_code) -
         sizeof(PyObject*);
}

#endif

std::size_t codeBytes(PyCodeObject* code) {
  std::size_t bytes = static_cast<std::size_t>(PyCode_Type.tp_basicsize);
  struct CodeExtra {
    Py_ssize_t size;
    void* values[1];
  };
  auto* extra = static_cast<CodeExtra*>(code->co_extra);
  if (extra) {
    bytes += sizeof(CodeExtra) +
             static_cast<std::size_t>(extra->size > 1 ? extra->size - 1 : 0) * sizeof(void*);
  }
#if PY_VERSION_HEX >= 0x030B0000
  bytes +=
      static_cast<std::size_t>(Py_SIZE(code)) * static_cast<std::size_t>(PyCode_Type.tp_itemsize);
  bytes = (bytes + sizeof(void*) - 1) / sizeof(void*) * sizeof(void*);
#else
  if (code->co_cell2arg) {
    bytes += static_cast<std::size_t>(PyTuple_GET_SIZE(code->co_cellvars)) * sizeof(Py_ssize_t);
  }
  if (code->co_opcache_map) {
    bytes += static_cast<std::size_t>(PyBytes_GET_SIZE(code->co_code)) / 2;
    bytes += code->co_opcache_size * 4 * sizeof(void*);
  }
#endif
  return bytes;
}

}  // namespace whyalive::agent::compat
