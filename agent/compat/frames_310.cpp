// Frames and generators until 3.10 (see interpreter.h): every frame is an object.
#include "agent/compat/interpreter.h"
#include "agent/compat/objects.h"

#if PY_VERSION_HEX < 0x030B0000

namespace whyalive::agent::compat {
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

std::size_t generatorBytes(PyObject*, PyTypeObject* type) {
  return static_cast<std::size_t>(type->tp_basicsize);
}

std::size_t frameObjectBytes(PyObject* o) {
  return sizeof(PyFrameObject) + frameSlotBytes(reinterpret_cast<PyFrameObject*>(o)->f_code) -
         sizeof(PyObject*);
}

}  // namespace whyalive::agent::compat

#endif
