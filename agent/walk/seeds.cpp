// Step 1 of the walk: what holds objects from outside the graph, as far as the interpreter names
// it.
#include <pthread.h>

#include "agent/walk/walk_state.h"

namespace whyalive::agent {

using snapshot::RootKind;

namespace {

// threading._active: ident → Thread.
PyObject* threadName(PyObject* active, std::uint64_t ident) {
  PyObject* name = nullptr;
  if (!active || !PyDict_CheckExact(active)) return nullptr;
  compat::forEachEntry(reinterpret_cast<PyDictObject*>(active),
                       [&](PyObject* key, PyObject* thread) {
                         if (name || !PyLong_CheckExact(key)) return;
                         const compat::IntegerValue number = compat::integerValue(key);
                         if (number.fits && static_cast<std::uint64_t>(number.value) == ident) {
                           name = compat::instanceAttribute(thread, "_name");
                         }
                       });
  return name && PyUnicode_Check(name) ? name : nullptr;
}

PyObject* activeThreads() {
  PyObject* threading = compat::lookUp(compat::modulesDict(), "threading");
  if (!threading || !PyModule_Check(threading)) return nullptr;
  return compat::lookUp(reinterpret_cast<WaModule*>(threading)->dict, "_active");
}

struct FrameVisit {
  WalkState* state;
  std::uint32_t thread;
  std::uint32_t depth;
};

void gatherThreads(WalkState& state) {
  PyObject* active = activeThreads();
  const auto self = static_cast<std::uint64_t>(pthread_self());
  for (PyThreadState* thread = compat::firstThread(); thread; thread = compat::nextThread(thread)) {
    if (thread->thread_id == self) continue;  // the agent's own
    FrameVisit visit{&state, static_cast<std::uint32_t>(state.threads.size()), 0};
    state.threads.push(
        {thread->thread_id, compat::nativeThreadId(thread), threadName(active, thread->thread_id)});
    compat::visitFrames(
        thread,
        [](const compat::Frame& frame, void* context) {
          auto* at = static_cast<FrameVisit*>(context);
          at->state->running.push({frame, at->thread, at->depth++});
        },
        &visit);
    compat::FrameField fields[16];
    const int count = compat::threadFields(thread, fields);
    for (int i = 0; i < count; ++i) {
      state.roots.push(
          {RootKind::ThreadState, state.names.intern(fields[i].name) + 1, fields[i].value, true});
    }
  }
}

struct Named {
  WalkState* state;
  RootKind kind;
};

void addPossibleRoot(const char* name, void* address, void* context) {
  auto* to = static_cast<Named*>(context);
  if (!address || !to->state->map.contains(reinterpret_cast<std::uintptr_t>(address))) return;
  const bool atExit = std::string_view(name) == "atexit";  // a field of its own since 3.14
  to->state->roots.push({atExit ? RootKind::AtExit : to->kind, to->state->names.intern(name) + 1,
                         static_cast<PyObject*>(address), true});
}

}  // namespace

void gatherNamedRoots(WalkState& state) {
  Named interpreter{&state, RootKind::Interpreter}, atExit{&state, RootKind::AtExit};
  compat::visitPossibleRoots(addPossibleRoot, &interpreter);
  compat::visitPossibleAtExit(addPossibleRoot, &atExit);
}

void gatherRoots(WalkState& state) {
  compat::FrameField fields[16];
  const int count = compat::interpreterFields(fields);
  for (int i = 0; i < count; ++i) {
    state.roots.push(
        {RootKind::Interpreter, state.names.intern(fields[i].name) + 1, fields[i].value, true});
  }
  PyObject* modules = compat::modulesDict();
  if (modules && PyDict_Check(modules)) {
    compat::forEachEntry(reinterpret_cast<PyDictObject*>(modules), [&](PyObject* key, PyObject* o) {
      if (PyUnicode_Check(key) && o != Py_None) {
        state.roots.push({RootKind::Module, state.plans.nameOf(key) + 1, o, false});
      }
    });
  }
  gatherThreads(state);
}

}  // namespace whyalive::agent
