// Frames and generators from 3.11 on (see interpreter.h): frames live on their thread's stack, in a
// generator, or in the frame object of one that has ended.
#include "agent/compat/interpreter.h"
#include "agent/compat/objects.h"

#if PY_VERSION_HEX >= 0x030B0000

namespace whyalive::agent::compat {
namespace {

PyCodeObject* codeOf(const WaInterpreterFrame* frame) {
  return reinterpret_cast<PyCodeObject*>(objectIn(frame->executable));
}

bool hasCode(const WaInterpreterFrame* frame) {
  return frame->owner <= WA_OWNED_BY_FRAME_OBJECT && codeOf(frame) && PyCode_Check(codeOf(frame));
}

int lineOf(WaInterpreterFrame* frame, PyCodeObject* code) {
  if (frame->frameObject) {
    const int traced = reinterpret_cast<WaFrameObject*>(frame->frameObject)->line;
    if (traced > 0) return traced;
  }
  const std::ptrdiff_t offset =
      reinterpret_cast<char*>(frame->instruction) - code->co_code_adaptive;
  const int line = PyCode_Addr2Line(code, static_cast<int>(offset));
  return line > 0 ? line : code->co_firstlineno;
}

// Slots in use, the evaluation stack's included; negative where that is not known.
std::ptrdiff_t slotsInUse(const WaInterpreterFrame* frame) {
#if PY_VERSION_HEX >= 0x030E0000
  return frame->stackPointer ? frame->stackPointer - frame->localsPlus : -1;
#else
  return frame->stackTop;
#endif
}

WaGenerator* generatorOf(WaInterpreterFrame* frame) {
  return reinterpret_cast<WaGenerator*>(reinterpret_cast<char*>(frame) -
                                        offsetof(WaGenerator, frame));
}

// `withStack` where the depth of the evaluation stack is known: not in a frame that executes.
void describe(WaInterpreterFrame* from, bool withStack, Frame& frame) {
  PyCodeObject* code = codeOf(from);
  frame = Frame{};
  frame.code = code;
  frame.frameObject = from->frameObject;
  frame.variables = from->localsPlus;
  frame.variableCount = code->co_nlocalsplus;
  const auto used = static_cast<int>(slotsInUse(from));
  if (used >= 0 && used < frame.variableCount) {
    frame.variableCount = used;  // not yet, or no longer, all of them
  } else if (withStack && used > frame.variableCount) {
    frame.stack = from->localsPlus + frame.variableCount;
    frame.stackCount = used - frame.variableCount;
  }
  FieldList list{frame.fields};
  list.addSlot("f_func", from->function);
  list.add("f_locals", from->locals);
  list.addSlot("f_code", from->executable);
  list.add("frame", from->frameObject);
  frame.fieldCount = list.count;
  frame.line = lineOf(from, code);
  frame.ownedByThread = from->owner == WA_OWNED_BY_THREAD;
  if (from->owner == WA_OWNED_BY_GENERATOR) {
    frame.generator = reinterpret_cast<PyObject*>(generatorOf(from));
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

}  // namespace

void visitFrames(PyThreadState* thread, void (*visit)(const Frame&, void*), void* context) {
  for (WaInterpreterFrame* at = currentFrame(thread); at; at = at->previous) {
    if (!hasCode(at)) continue;
    Frame frame;
    describe(at, false, frame);
    visit(frame, context);
  }
}

bool generatorFrame(PyObject* o, Frame& frame) {
  auto* generator = reinterpret_cast<WaGenerator*>(o);
  if (generator->frameState >= WA_FRAME_COMPLETED || !hasCode(&generator->frame)) return false;
  describe(&generator->frame, generator->frameState < WA_FRAME_EXECUTING, frame);
  frame.generator = o;
  return true;
}

snapshot::FrameState generatorState(PyObject* o) {
  const int state = reinterpret_cast<WaGenerator*>(o)->frameState;
  if (state == WA_FRAME_CREATED) return snapshot::FrameState::Created;
  if (state < WA_FRAME_EXECUTING) return snapshot::FrameState::Suspended;
  if (state == WA_FRAME_EXECUTING) return snapshot::FrameState::Running;
  return snapshot::FrameState::Completed;
}

int generatorFields(PyObject* o, FrameField fields[6]) {
  auto* generator = reinterpret_cast<WaGenerator*>(o);
  FieldList list{fields};
  list.add("gi_name", generator->name);
  list.add("gi_qualname", generator->qualname);
#if PY_VERSION_HEX < 0x030C0000
  list.add("gi_code", generator->code);
#endif
  list.add("exc_value", generator->exception.exc_value);
  // Not even initialised in a plain generator.
  const bool used = Py_IS_TYPE(o, &PyCoro_Type) || Py_IS_TYPE(o, &PyAsyncGen_Type);
  list.add("origin_or_finalizer", used ? generator->originOrFinalizer : nullptr);
#if PY_VERSION_HEX >= 0x030C0000
  // A frame that is gone leaves its code behind.
  const bool gone = generator->frameState >= WA_FRAME_COMPLETED;
  list.add("gi_code", gone ? codeOf(&generator->frame) : nullptr);
#endif
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
#if PY_VERSION_HEX >= 0x030E0000
  list.add("f_overwritten_fast_locals", frame->overwrittenLocals);
#endif
  return list.count;
}

bool isRunning(PyObject* o) {
  WaInterpreterFrame* from = reinterpret_cast<WaFrameObject*>(o)->frame;
  if (!from) return false;
  if (from->owner == WA_OWNED_BY_GENERATOR) {
    return generatorOf(from)->frameState == WA_FRAME_EXECUTING;
  }
  return from->owner == WA_OWNED_BY_THREAD;
}

std::size_t generatorBytes(PyObject* o, PyTypeObject*) {
  auto* generator = reinterpret_cast<WaGenerator*>(o);
  PyCodeObject* code = codeOf(&generator->frame);
#if PY_VERSION_HEX < 0x030C0000
  code = reinterpret_cast<PyCodeObject*>(generator->code);
#endif
  return offsetof(WaGenerator, frame) + offsetof(WaInterpreterFrame, localsPlus) +
         frameSlotBytes(code);
}

std::size_t frameObjectBytes(PyObject* o) {
  return offsetof(WaFrameObject, data) + offsetof(WaInterpreterFrame, localsPlus) +
         frameSlotBytes(codeOf(reinterpret_cast<WaFrameObject*>(o)->frame));
}

}  // namespace whyalive::agent::compat

#endif
