#include "tests/support/heap_builder.h"

#include <span>
#include <stdexcept>

#include "server/heap/snapshot_reader.h"

namespace whyalive::testing {

using snapshot::LabelKind;
using snapshot::RootKind;
using snapshot::Tail;
using snapshot::ValueKind;

HeapBuilder::HeapBuilder() {
  builtin("type");
  none_ = object("NoneType");
  hold(none_);
}

std::uint32_t HeapBuilder::name(const std::string& text) {
  const auto [it, added] = names_.emplace(text, c_.names.size());
  if (added) c_.names.push_back(text);
  return it->second;
}

std::uint32_t HeapBuilder::builtin(const std::string& type) {
  const auto [it, added] = builtins_.emplace(type, c_.types.size());
  if (added) {
    snapshot::TypeContents t;
    const std::size_t dot = type.rfind('.');
    t.module = name(dot == std::string::npos ? "builtins" : type.substr(0, dot));
    t.qualname = name(dot == std::string::npos ? type : type.substr(dot + 1));
    t.tpName = name(type);
    t.flags = static_cast<std::uint32_t>(snapshot::TypeFlag::Collected);
    t.mro = {it->second};
    c_.types.push_back(t);
  }
  return it->second;
}

Obj HeapBuilder::add(std::uint32_t type, std::uint64_t size) {
  nodes_.push_back({});
  nodes_.back().type = type;
  nodes_.back().size = size;
  return static_cast<Obj>(nodes_.size() - 1);
}

Obj HeapBuilder::text(const std::string& value) {
  const Obj o = add(builtin("str"), 49 + value.size());
  nodes_[o].value = ValueKind::Text;
  nodes_[o].bytes = snapshot::encodeText(value);
  return o;
}

Obj HeapBuilder::interned(const std::string& value) {
  const auto [it, added] = interned_.emplace(value, 0);
  if (added) it->second = text(value);
  return it->second;
}

Obj HeapBuilder::integer(std::int64_t value) {
  const Obj o = add(builtin("int"), 28);
  nodes_[o].value = ValueKind::Integer;
  nodes_[o].bytes = snapshot::encodeInteger(value);
  return o;
}

Obj HeapBuilder::real(double value) {
  const Obj o = add(builtin("float"), 24);
  nodes_[o].value = ValueKind::Float;
  nodes_[o].bytes = snapshot::encodeFloat(value);
  return o;
}

Obj HeapBuilder::blob(const std::string& value, std::uint64_t size) {
  const Obj o = add(builtin("bytes"), size != 0 ? size : 33 + value.size());
  nodes_[o].value = ValueKind::Blob;
  nodes_[o].bytes = snapshot::encodeText(value);
  return o;
}

Obj HeapBuilder::dict(const Items& items) {
  const Obj o = add(builtin("dict"), 64);
  nodes_[o].tail = Tail::Pairs;
  for (const auto& [key, value] : items) put(o, key, value);
  return o;
}

Obj HeapBuilder::dictOf(const std::string& type, const Items& items) {
  const Obj o = add(builtin(type), 64);
  nodes_[o].tail = Tail::Pairs;
  for (const auto& [key, value] : items) put(o, key, value);
  return o;
}

void HeapBuilder::put(Obj dict, Obj key, Obj value) {
  nodes_[dict].items.push_back(key);
  nodes_[dict].items.push_back(value);
  nodes_[dict].size += 24;
}

void HeapBuilder::append(Obj container, Obj item) {
  nodes_[container].items.push_back(item);
  nodes_[container].size += 8;
}

Obj HeapBuilder::list(const std::vector<Obj>& items) {
  const Obj o = add(builtin("list"), 56);
  nodes_[o].tail = Tail::Index;
  for (const Obj item : items) append(o, item);
  return o;
}

Obj HeapBuilder::tuple(const std::vector<Obj>& items) {
  const Obj o = add(builtin("tuple"), 40);
  nodes_[o].tail = Tail::Index;
  for (const Obj item : items) append(o, item);
  return o;
}

Obj HeapBuilder::setOf(const std::vector<Obj>& items) {
  const Obj o = add(builtin("set"), 216);
  nodes_[o].tail = Tail::Member;
  for (const Obj item : items) append(o, item);
  return o;
}

Obj HeapBuilder::object(const std::string& type, const std::vector<Obj>& references) {
  const Obj o = add(builtin(type), 16 + 8 * references.size());
  nodes_[o].tail = Tail::Native;
  nodes_[o].items = references;
  return o;
}

void HeapBuilder::label(Obj from, LabelKind kind, const std::string& text, Obj to) {
  nodes_[from].fixed.push_back({kind, text.empty() ? snapshot::kAbsent : name(text), to});
}

void HeapBuilder::refer(Obj from, LabelKind kind, const std::string& text, Obj to) {
  label(from, kind, text, to);
}

Obj HeapBuilder::module(const std::string& moduleName, const std::string& file) {
  const Obj o = add(builtin("module"), 72);
  const Obj space = dict();
  label(o, LabelKind::AttributesDict, "__dict__", space);
  snapshot::ModuleContents record;
  record.object = o;
  record.name = name(moduleName);
  record.file = file.empty() ? snapshot::kAbsent : name(file);
  record.dict = space;
  c_.modules.push_back(record);
  root(RootKind::Module, moduleName, o, true);
  return o;
}

Obj HeapBuilder::cls(const std::string& moduleName, const std::string& qualname,
                     const std::vector<Obj>& bases) {
  const Obj o = add(builtin("type"), 1064);
  const auto type = static_cast<std::uint32_t>(c_.types.size());
  typeOfClass_[o] = type;
  snapshot::TypeContents t;
  t.module = name(moduleName);
  t.qualname = name(qualname);
  t.tpName = name(qualname.substr(qualname.rfind('.') + 1));
  t.object = o;
  t.flags = static_cast<std::uint32_t>(snapshot::TypeFlag::Heap) |
            static_cast<std::uint32_t>(snapshot::TypeFlag::Collected) |
            static_cast<std::uint32_t>(snapshot::TypeFlag::PythonClass);
  t.mro = {type};
  for (const Obj base : bases) {
    for (const std::uint32_t one : c_.types[typeOfClass_.at(base)].mro) t.mro.push_back(one);
  }
  if (!bases.empty()) t.base = typeOfClass_.at(bases.front());
  c_.types.push_back(t);
  label(o, LabelKind::AttributesDict, "__dict__", dict());
  for (const Obj base : bases) label(o, LabelKind::Internal, "__base__", base);
  return o;
}

Obj HeapBuilder::attributesDictOf(Obj o) const {
  for (const Edge& edge : nodes_[o].fixed) {
    if (edge.kind == LabelKind::AttributesDict) return edge.to;
  }
  throw std::logic_error("the object has no namespace");
}

void HeapBuilder::set(Obj moduleOrClass, const std::string& key, Obj value) {
  put(attributesDictOf(moduleOrClass), interned(key), value);
}

Obj HeapBuilder::instance(Obj cls, const Named& attributes) {
  const Obj o = add(typeOfClass_.at(cls), 48);
  label(o, LabelKind::Type, "", cls);
  for (const auto& [key, value] : attributes) setAttribute(o, key, value);
  return o;
}

Obj HeapBuilder::instanceWithDict(Obj cls, const Named& attributes) {
  const Obj o = add(typeOfClass_.at(cls), 48);
  label(o, LabelKind::Type, "", cls);
  const Obj space = dict();
  label(o, LabelKind::AttributesDict, "__dict__", space);
  for (const auto& [key, value] : attributes) put(space, interned(key), value);
  return o;
}

void HeapBuilder::setAttribute(Obj instance, const std::string& key, Obj value) {
  label(instance, LabelKind::Attribute, key, value);
}

Obj HeapBuilder::code(const std::string& file, const std::string& qualname, std::uint32_t firstLine,
                      const std::vector<std::string>& variables, std::uint32_t arguments) {
  const Obj o = add(builtin("code"), 200);
  std::vector<Obj> names;
  for (const std::string& variable : variables) names.push_back(interned(variable));
  label(o, LabelKind::Internal, "co_localsplusnames", tuple(names));
  label(o, LabelKind::Internal, "co_localspluskinds",
        blob(std::string(variables.size(), static_cast<char>(arguments != 0 ? 0x20 : 0x80))));
  snapshot::CodeContents record;
  record.object = o;
  record.file = name(file);
  record.name = name(qualname.substr(qualname.rfind('.') + 1));
  record.qualname = name(qualname);
  record.firstLine = firstLine;
  record.arguments = arguments;
  c_.codes.push_back(record);
  return o;
}

Obj HeapBuilder::function(Obj code, Obj module, const Named& captured) {
  const Obj o = add(builtin("function"), 152);
  label(o, LabelKind::Internal, "__code__", code);
  label(o, LabelKind::Internal, "__globals__", attributesDictOf(module));
  if (captured.empty()) return o;
  std::vector<Obj> cells;
  for (const auto& [variable, value] : captured) {
    const Obj cell = add(builtin("cell"), 40);
    label(cell, LabelKind::CellContents, "cell_contents", value);
    cells.push_back(cell);
  }
  label(o, LabelKind::Closure, "__closure__", tuple(cells));
  return o;
}

Obj HeapBuilder::boundMethod(Obj function, Obj self) {
  const Obj o = add(builtin("method"), 64);
  label(o, LabelKind::Internal, "__func__", function);
  label(o, LabelKind::BoundSelf, "__self__", self);
  return o;
}

Obj HeapBuilder::lruCache(Obj function, Obj cacheDict) {
  const Obj o = add(builtin("functools._lru_cache_wrapper"), 120);
  label(o, LabelKind::Wrapped, "cache", cacheDict);
  label(o, LabelKind::Wrapped, "__wrapped__", function);
  return o;
}

Obj HeapBuilder::suspended(Obj code, std::uint32_t line, const Named& locals,
                           const std::string& type) {
  const Obj o = add(builtin(type), 200);
  label(o, LabelKind::Internal, "__code__", code);
  snapshot::FrameContents frame;
  frame.state = snapshot::FrameState::Suspended;
  frame.owner = o;
  frame.code = code;
  frame.line = line;
  for (const auto& [variable, value] : locals) {
    label(o, LabelKind::Local, variable,
          value);  // the frame lists only what a thread's stack holds
  }
  c_.frames.push_back(frame);
  return o;
}

void HeapBuilder::runningFrame(Obj code, std::uint32_t line, const Named& locals, Held how) {
  if (c_.threads.empty()) {
    snapshot::ThreadContents thread;
    thread.ident = 1;
    thread.name = name("MainThread");
    c_.threads.push_back(thread);
  }
  snapshot::FrameContents frame;
  frame.code = code;
  frame.line = line;
  frame.thread = 0;
  for (const auto& [variable, value] : locals) {
    frame.locals.push_back({name(variable), value, LabelKind::Local, how == Held::Borrowed});
    nodes_[value].held += how == Held::Counted ? 1 : 0;
  }
  c_.frames.push_back(frame);
}

void HeapBuilder::hold(Obj o, int times) { nodes_[o].held += times; }
void HeapBuilder::place(Obj o, std::uint64_t address) { nodes_[o].address = address; }
void HeapBuilder::resize(Obj o, std::uint64_t size) { nodes_[o].size = size; }

void HeapBuilder::nativeSize(Obj o, std::uint64_t bytes, std::uint64_t buffer) {
  c_.nativeSizes.push_back({o, bytes, buffer});
}
void HeapBuilder::pointer(Obj from, Obj to) { c_.pointers.emplace_back(from, to); }
void HeapBuilder::weakref(Obj weakref, Obj referent) {
  c_.weakrefs.emplace_back(weakref, referent);
}
void HeapBuilder::meta(std::string_view key, const std::string& value) {
  c_.meta.emplace_back(std::string(key), value);
}

void HeapBuilder::root(RootKind kind, const std::string& text, Obj o, bool counted) {
  c_.roots.push_back({kind, name(text), o, counted});
  nodes_[o].held += counted ? 1 : 0;
}

snapshot::Contents HeapBuilder::contents() const {
  snapshot::Contents c = c_;
  using ShapeKey =
      std::tuple<std::uint32_t, Tail, ValueKind, std::vector<std::pair<LabelKind, std::uint32_t>>>;
  std::map<ShapeKey, std::uint32_t> shapes;
  c.objects.resize(nodes_.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    snapshot::ObjectContents& object = c.objects[i];
    std::vector<std::pair<LabelKind, std::uint32_t>> labels;
    for (const Edge& edge : node.fixed) {
      labels.emplace_back(edge.kind, edge.name);
      object.edges.push_back(edge.to);
    }
    object.edges.insert(object.edges.end(), node.items.begin(), node.items.end());
    const auto [it, added] =
        shapes.emplace(ShapeKey{node.type, node.tail, node.value, labels}, c.shapes.size());
    if (added) {
      snapshot::ShapeContents shape;
      shape.type = node.type;
      shape.tail = node.tail;
      shape.value = node.value;
      for (const auto& [kind, text] : labels) shape.labels.push_back({kind, text});
      c.shapes.push_back(shape);
    }
    object.shape = it->second;
    object.address = nodes_[i].address != 0 ? nodes_[i].address : 0x10000 + 16 * i;
    object.size = node.size;
    object.value = node.bytes;
    object.refcount = static_cast<std::uint64_t>(node.held);
  }
  for (const snapshot::ObjectContents& object : c.objects) {
    for (const Obj target : object.edges) {
      if (target != snapshot::kNullEdge) ++c.objects[target].refcount;
    }
  }
  // What only garbage refers to has a count of its own; what nothing refers to would be freed.
  for (snapshot::ObjectContents& object : c.objects) {
    if (object.refcount == 0) object.refcount = 1;
  }
  return c;
}

std::vector<std::uint8_t> HeapBuilder::bytes() const { return snapshot::write(contents()); }

heap::Snapshot HeapBuilder::snapshot() const {
  const std::vector<std::uint8_t> file = bytes();
  Result<heap::Snapshot> snapshot = heap::readSnapshot(std::as_bytes(std::span(file)));
  if (!snapshot) throw std::logic_error(snapshot.error().text());
  return std::move(*snapshot);
}

std::shared_ptr<const heap::Analysis> HeapBuilder::analyse() const {
  Result<std::shared_ptr<const heap::Analysis>> analysis = heap::analyse(snapshot());
  if (!analysis) throw std::logic_error(analysis.error().text());
  return *analysis;
}

}  // namespace whyalive::testing
