// Step 3 of the walk: the tables beside the columns.
#include <cstdio>

#include "agent/walk/section_writer.h"
#include "agent/walk/walk_state.h"
#include "protocol/snapshot/meta_keys.h"

namespace whyalive::agent {

using snapshot::FrameState;
using snapshot::LabelKind;
using snapshot::SectionId;
using snapshot::TypeFlag;

namespace {

// A record: gathered apart, then appended behind its length.
class Table {
 public:
  explicit Table(Mappings& mappings) : all_(mappings), record_(mappings) {}
  void add(std::uint64_t field) { record_.varint(field); }
  void next() {
    all_.lengthAndBytes(record_.data(), record_.size());
    record_.clear();
    ++count_;
  }
  void writeTo(SectionWriter& out, SectionId id) const { out.section(id, all_, count_); }

 private:
  ByteColumn all_, record_;
  std::uint64_t count_ = 0;
};

struct TypeNames {
  std::uint32_t module, qualname, raw;
};

TypeNames namesOf(WalkState& state, PyTypeObject* type) {
  const std::string_view raw = type->tp_name ? type->tp_name : "";
  TypeNames names{0, 0, state.names.intern(raw)};
  const std::size_t dot = raw.rfind('.');
  const std::string_view module = dot == raw.npos ? "builtins" : raw.substr(0, dot);
  const std::string_view last = dot == raw.npos ? raw : raw.substr(dot + 1);
  names.module = state.names.intern(module);
  names.qualname = state.names.intern(last);
  if (type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
    PyObject* qualname = reinterpret_cast<PyHeapTypeObject*>(type)->ht_qualname;
    if (qualname && PyUnicode_Check(qualname)) names.qualname = state.plans.nameOf(qualname);
    PyObject* own = compat::lookUp(compat::namespaceOf(type), "__module__");
    if (own && PyUnicode_Check(own)) names.module = state.plans.nameOf(own);
  }
  return names;
}

std::uint32_t flagsOf(PyTypeObject* type) {
  std::uint32_t flags = 0;
  const auto set = [&](bool on, TypeFlag flag) {
    if (on) flags |= static_cast<std::uint32_t>(flag);
  };
  const bool python = compat::isPythonClass(type);
  set(type->tp_flags & Py_TPFLAGS_HEAPTYPE, TypeFlag::Heap);
  set(type->tp_flags & Py_TPFLAGS_HAVE_GC, TypeFlag::Collected);
  set(python && compat::hasFinalizer(type), TypeFlag::HasDel);
  set(python, TypeFlag::PythonClass);
  return flags;
}

void writeTypes(WalkState& state, SectionWriter& out) {
  Table table(state.mappings);
  // Naming an ancestor may add it to the plans, so the count is read anew each time.
  for (std::size_t i = 0; i < state.plans.count(); ++i) {
    PyTypeObject* type = state.plans.at(i).type;
    const TypeNames names = namesOf(state, type);
    table.add(names.module);
    table.add(names.qualname);
    table.add(names.raw);
    table.add(state.idPlusOne(type));
    table.add(type->tp_base ? state.plans.of(type->tp_base).index + 1 : 0);
    table.add(flagsOf(type));
    table.add(static_cast<std::uint64_t>(type->tp_basicsize));
    table.add(
        static_cast<std::uint64_t>(type->tp_itemsize < 0 ? -type->tp_itemsize : type->tp_itemsize));
    PyObject* order = type->tp_mro;
    const Py_ssize_t length = order && PyTuple_Check(order) ? PyTuple_GET_SIZE(order) : 0;
    table.add(static_cast<std::uint64_t>(length));
    for (Py_ssize_t k = 0; k < length; ++k) {
      table.add(state.plans.of(reinterpret_cast<PyTypeObject*>(PyTuple_GET_ITEM(order, k))).index);
    }
    table.next();
  }
  table.writeTo(out, SectionId::Types);
}

void writeModules(WalkState& state, SectionWriter& out) {
  Table table(state.mappings);
  for (const FoundRoot& root : state.roots) {
    if (root.kind != snapshot::RootKind::Module || !PyModule_Check(root.object)) continue;
    PyObject* dict = reinterpret_cast<WaModule*>(root.object)->dict;
    PyObject* file = compat::lookUp(dict, "__file__");
    table.add(state.idOf(root.object));
    table.add(root.namePlusOne - 1);
    table.add(file && PyUnicode_Check(file) ? state.plans.nameOf(file) + 1 : 0);
    table.add(state.idPlusOne(dict));
    table.next();
  }
  table.writeTo(out, SectionId::Modules);
}

void writeCodes(WalkState& state, SectionWriter& out) {
  Table table(state.mappings);
  for (PyCodeObject* code : state.codes) {
    table.add(state.idOf(code));
    table.add(state.plans.nameOf(code->co_filename));
    table.add(state.plans.nameOf(code->co_name));
    table.add(state.plans.nameOf(compat::qualifiedName(code)));
    table.add(static_cast<std::uint64_t>(code->co_firstlineno > 0 ? code->co_firstlineno : 0));
    table.add(static_cast<std::uint64_t>(code->co_argcount));
    table.add(static_cast<std::uint64_t>(code->co_kwonlyargcount));
    table.next();
  }
  table.writeTo(out, SectionId::Codes);
}

struct FrameHead {
  FrameState state;
  PyObject* owner;
  std::uint32_t threadPlusOne;
  std::uint32_t depth;
};

void addFrame(WalkState& state, Table& table, const FrameHead& head, const compat::Frame& frame) {
  table.add(static_cast<std::uint64_t>(head.state));
  table.add(state.idPlusOne(frame.frameObject));
  table.add(state.idPlusOne(head.owner));
  table.add(state.idOf(frame.code));
  table.add(static_cast<std::uint64_t>(frame.line));
  table.add(head.threadPlusOne);
  table.add(head.depth);
}

struct Held {
  PyObject* object;
  bool borrowed;
  LabelKind kind;
  const char* field;   // Internal
  std::uint32_t slot;  // Local
};

// fn(held) for the references that no object holds: a thread's stack does.
template <class Fn>
void forEachHeld(const compat::Frame& frame, Fn fn) {
  for (int i = 0; !frame.generator && i < frame.fieldCount; ++i) {
    const compat::FrameField& field = frame.fields[i];
    if (field.value) fn(Held{field.value, field.borrowed, LabelKind::Internal, field.name, 0});
  }
  for (int i = 0; frame.ownedByThread && i < frame.variableCount; ++i) {
    const WaStackRef slot = frame.variables[i];
    PyObject* o = compat::objectIn(slot);
    if (o) fn(Held{o, compat::isBorrowed(slot), LabelKind::Local, "", static_cast<unsigned>(i)});
  }
}

void addHeld(WalkState& state, Table& table, const compat::Frame& frame) {
  std::uint32_t count = 0, borrowed = 0, position = 0;
  forEachHeld(frame, [&](const Held& held) {
    ++count;
    borrowed += held.borrowed;
  });
  table.add(count);
  forEachHeld(frame, [&](const Held& held) {
    const bool local = held.kind == LabelKind::Local;
    PyObject* name =
        local ? compat::variableName(frame.code, static_cast<int>(held.slot)) : nullptr;
    table.add((local ? state.plans.nameOf(name) : state.names.intern(held.field)) + 1);
    table.add(state.idOf(held.object));
    table.add(static_cast<std::uint64_t>(held.kind));
  });
  table.add(borrowed);
  forEachHeld(frame, [&](const Held& held) {
    if (held.borrowed) table.add(position);
    ++position;
  });
}

void writeFrames(WalkState& state, SectionWriter& out) {
  Table table(state.mappings);
  for (const RunningFrame& running : state.running) {
    addFrame(state, table,
             {FrameState::Running, running.frame.generator, running.thread + 1, running.depth},
             running.frame);
    addHeld(state, table, running.frame);
    table.next();
  }
  for (const FoundFrame& found : state.edges.frames()) {
    compat::Frame frame;
    FrameState at = FrameState::Completed;
    if (found.owner) {
      at = compat::generatorState(found.owner);
      if (at == FrameState::Running || !compat::generatorFrame(found.owner, frame)) continue;
    } else if (!compat::frameOfObject(found.frameObject, frame)) {
      continue;
    }
    addFrame(state, table, {at, found.owner, 0, 0}, frame);
    table.add(0);
    table.next();
  }
  table.writeTo(out, SectionId::Frames);
}

void writeThreads(WalkState& state, SectionWriter& out) {
  Table table(state.mappings);
  for (const FoundThread& thread : state.threads) {
    table.add(thread.ident);
    table.add(thread.nativeId);
    table.add(thread.name ? state.plans.nameOf(thread.name) + 1 : 0);
    table.add(0);
    table.next();
  }
  table.writeTo(out, SectionId::Threads);
}

void writeRoots(WalkState& state, SectionWriter& out) {
  Table table(state.mappings);
  if (PyObject* interned = state.edges.internedStrings()) {
    state.roots.push(
        {snapshot::RootKind::Interpreter, state.names.intern("interned") + 1, interned, true});
  }
  for (const FoundRoot& root : state.roots) {
    table.add(static_cast<std::uint64_t>(root.kind));
    table.add(root.namePlusOne);
    table.add(state.idOf(root.object));
    table.add(root.counted ? 1 : 0);
    table.next();
  }
  table.writeTo(out, SectionId::Roots);
}

void writeNativeSizes(WalkState& state, SectionWriter& out) {
  Table table(state.mappings);
  for (const FoundNative& native : state.natives) {
    table.add(state.idOf(native.object));
    table.add(native.memory.bytes);
    table.add(native.memory.identity);
    table.next();
  }
  table.writeTo(out, SectionId::NativeSizes);
}

void writeWeakReferences(WalkState& state, SectionWriter& out) {
  Table table(state.mappings);
  for (PyObject* o : state.weakReferences) {
    const std::uint32_t referent =
        state.idPlusOne(reinterpret_cast<PyWeakReference*>(o)->wr_object);
    if (referent == 0 || reinterpret_cast<PyWeakReference*>(o)->wr_object == Py_None) continue;
    table.add(state.idOf(o));
    table.add(referent - 1);
    table.next();
  }
  table.writeTo(out, SectionId::Weakrefs);
}

void writePointers(WalkState& state, SectionWriter& out) {
  Table table(state.mappings);
  for (const FoundPointer& pointer : state.pointers) {
    table.add(state.idOf(pointer.from));
    table.add(state.idOf(pointer.to));
    table.next();
  }
  table.writeTo(out, SectionId::Pointers);
}

class MetaTable {
 public:
  explicit MetaTable(Mappings& mappings) : bytes_(mappings) {}
  void add(std::string_view key, std::string_view value) {
    bytes_.lengthAndBytes(key.data(), key.size());
    bytes_.lengthAndBytes(value.data(), value.size());
    ++count_;
  }
  void add(std::string_view key, std::uint64_t value) {
    char digits[24];
    const int length =
        std::snprintf(digits, sizeof digits, "%llu", static_cast<unsigned long long>(value));
    add(key, {digits, static_cast<std::size_t>(length)});
  }
  void writeTo(SectionWriter& out) const { out.section(SectionId::Meta, bytes_, count_); }

 private:
  ByteColumn bytes_;
  std::uint64_t count_ = 0;
};

std::string_view threeNumbers(const int (&numbers)[3], char (&out)[48]) {
  const int length = std::snprintf(out, sizeof out, "%d,%d,%d", numbers[0], numbers[1], numbers[2]);
  return {out, static_cast<std::size_t>(length)};
}

void writeMeta(WalkState& state, const WalkOptions& options, const WalkReport& report,
               SectionWriter& out) {
  namespace meta = snapshot::meta;
  MetaTable table(state.mappings);
  for (const MetaEntry& entry : options.meta) table.add(entry.key, entry.value);
  table.add(meta::kMode, options.mode);
  table.add(meta::kTextLimit, options.textLimit);
  table.add(meta::kWaitedNs, report.waitedNs);
  if (report.stoppedNs) table.add(meta::kStoppedNs, report.stoppedNs);
  table.add(meta::kWalkNs, report.walkNs);
  const compat::CollectorFacts gc = compat::collectorFacts();
  table.add(meta::kGcEnabled, gc.enabled ? 1 : 0);
  if (gc.thresholds[0] || gc.counts[0]) {
    char text[48];
    table.add(meta::kGcThresholds, threeNumbers(gc.thresholds, text));
    table.add(meta::kGcCounts, threeNumbers(gc.counts, text));
  }
  const int others = compat::interpreterCount() - 1;
  if (others > 0) table.add(meta::kSubinterpreters, static_cast<std::uint64_t>(others));
  table.writeTo(out);
}

void writeNames(WalkState& state, SectionWriter& out) {
  ByteColumn bytes(state.mappings);
  for (std::uint32_t i = 0; i < state.names.count(); ++i) {
    const std::string_view name = state.names.textOf(i);
    bytes.lengthAndBytes(name.data(), name.size());
  }
  out.section(SectionId::Names, bytes, state.names.count());
}

}  // namespace

void writeTables(WalkState& state, const WalkOptions& options, const WalkReport& report,
                 SectionWriter& out) {
  writeTypes(state, out);
  writeModules(state, out);
  writeCodes(state, out);
  writeFrames(state, out);
  writeThreads(state, out);
  writeRoots(state, out);
  writeWeakReferences(state, out);
  writeNativeSizes(state, out);
  writePointers(state, out);
  writeMeta(state, options, report, out);
  out.section(SectionId::Shapes, state.shapes.records(), state.shapes.count());
  writeNames(state, out);  // last: the others add to it
}

}  // namespace whyalive::agent
