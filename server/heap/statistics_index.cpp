#include "server/heap/statistics_index.h"

#include <algorithm>

#include "server/heap/code_names.h"

namespace whyalive::heap {

using snapshot::kNullEdge;

namespace {
constexpr std::uint32_t kCheckEvery = 1u << 18;  // objects between two looks at RunControl
constexpr std::uint32_t kAhead = 8;              // objects that memory is asked ahead
}  // namespace

class StatisticsIndex::Builder {
 public:
  Builder(const HeapGraph& graph, const Kinds& kinds, const Dominators& dominators,
          const RunControl& control, StatisticsIndex& index)
      : graph_(graph), kinds_(kinds), dominators_(dominators), control_(control), index_(index) {}

  void run(const RunBoth& runBoth) {
    findSubtypes();
    slotsOfShapes_.resize(graph_.snapshot().shapes.size());
    const std::function<void()> instances = [this] { addInstances(); };
    const std::function<void()> sums = [this] { addSums(); };
    if (runBoth) {
      runBoth(instances, sums);
    } else {
      sums();
      instances();
    }
    if (!control_.keepGoing("counting", 1)) return;
    for (std::uint32_t t = 0; t < graph_.typeCount(); ++t) addClassAttributes(TypeIndex{t});
    for (const ModuleRecord& module : graph_.snapshot().modules) addGlobals(module);
    addSuspended();
    if (control_.keepGoing("counting", 1)) addClosures();
  }

 private:
  // One (class, attribute), with what is needed while counting.
  struct Slot {
    Contained* contained = nullptr;
    std::uint32_t insideUntil = 0;  // end of the last counted value's subtree, in preorder
    std::unordered_set<std::uint32_t> shared;  // containers counted already that no instance owns
  };

  void findSubtypes() {
    const std::uint32_t types = graph_.typeCount();
    index_.subtypes_.resize(types);
    for (std::uint32_t t = 0; t < types; ++t) {
      index_.subtypes_[t].push_back(TypeIndex{t});
      for (const TypeIndex base : graph_.mro(TypeIndex{t})) {
        if (raw(base) != t) index_.subtypes_[raw(base)].push_back(TypeIndex{t});
      }
    }
  }

  // What retained sizes are added up for: outermost members alone. In preorder, a group's member
  // lies inside another one exactly when it comes before that one's end.
  struct Group {
    Bytes retained = 0;
    std::uint32_t until = 0;
  };
  struct OfShape {
    Group *kind = nullptr, *type = nullptr;  // type: where it has several kinds
  };

  void addSums() {
    const Snapshot& s = graph_.snapshot();
    index_.instances_.resize(graph_.typeCount());
    index_.kinds_.resize(kinds_.count());
    std::vector<Group> kinds(kinds_.count()), types(graph_.typeCount());
    std::vector<std::uint32_t> kindsOfType(graph_.typeCount());
    for (std::uint32_t k = 0; k < kinds.size(); ++k) ++kindsOfType[raw(kinds_.type(KindIndex{k}))];
    std::vector<OfShape> ofShape(s.shapes.size());
    for (std::uint32_t o = 0; o < graph_.objectCount(); ++o) {
      if (o % kCheckEvery == 0 && !control_.keepGoing("counting", 0)) return;
      const KindIndex kind = kinds_.of(ObjectIndex{o});
      ++index_.kinds_[raw(kind)].count;
      index_.kinds_[raw(kind)].size += graph_.size(ObjectIndex{o});
      OfShape& of = ofShape[s.shape[o]];
      if (of.kind != nullptr) continue;
      const std::uint32_t type = raw(kinds_.type(kind));
      of = {&kinds[raw(kind)], kindsOfType[type] > 1 ? &types[type] : nullptr};
    }
    forEachInPreorder([&](ObjectIndex o, std::uint32_t i) {
      const OfShape& of = ofShape[s.shape[raw(o)]];
      count(*of.kind, i);
      if (of.type != nullptr) count(*of.type, i);
    });
    for (std::uint32_t k = 0; k < kinds.size(); ++k) {
      const std::uint32_t type = raw(kinds_.type(KindIndex{k}));
      Instances& ofKind = index_.kinds_[k];
      Instances& ofType = index_.instances_[type];
      ofKind.retained = kinds[k].retained;
      ofType.count += ofKind.count;
      ofType.size += ofKind.size;
      ofType.retained = kindsOfType[type] > 1 ? types[type].retained : ofKind.retained;
    }
  }

  void addInstances() {
    const Snapshot& s = graph_.snapshot();
    std::vector<std::uint8_t> pythonClass;  // by shape
    for (const ShapeRecord& shape : s.shapes) {
      pythonClass.push_back(graph_.typeInfo(shape.type).has(TypeFlag::PythonClass) ? 1 : 0);
    }
    forEachInPreorder([&](ObjectIndex o, std::uint32_t i) {
      if (pythonClass[s.shape[raw(o)]] != 0) addInstance(o, i);
    });
  }

  // fn(object, position)
  template <class Fn>
  void forEachInPreorder(Fn fn) const {
    const auto order = dominators_.preorder();
    for (std::uint32_t i = 0; i < order.size(); ++i) {
      if (i % kCheckEvery == 0 && !control_.keepGoing("counting", 1.0 * i / order.size())) return;
      if (i + kAhead < order.size()) {
        __builtin_prefetch(&graph_.snapshot().shape[order[i + kAhead]]);
      }
      fn(ObjectIndex{order[i]}, i);
    }
  }

  void count(Group& group, std::uint32_t position) const {
    if (position < group.until) return;
    group.retained += dominators_.retainedAt(position);
    group.until = position + dominators_.subtreeCountAt(position);
  }

  Slot& slot(TypeIndex type, std::string_view attribute) {
    auto& byName = index_.attributes_[raw(type)];
    auto it = byName.find(attribute);
    if (it == byName.end()) it = byName.emplace(std::string(attribute), Contained{}).first;
    Slot& slot = slots_[&it->second];
    slot.contained = &it->second;
    return slot;
  }

  // The slots of a shape's inline attributes are looked up once per shape.
  std::vector<std::pair<std::uint32_t, Slot*>>& slotsOf(std::uint32_t shape) {
    auto& known = slotsOfShapes_[shape];
    if (known.done) return known.slots;
    known.done = true;
    const ShapeRecord& record = graph_.snapshot().shapes[shape];
    for (std::uint32_t i = 0; i < record.labels.size(); ++i) {
      const EdgeLabel label = record.labels[i];
      if (label.kind != LabelKind::Attribute && label.kind != LabelKind::Slot) continue;
      known.slots.emplace_back(i, &slot(record.type, graph_.name(label.name)));
    }
    return known.slots;
  }

  void addInstance(ObjectIndex o, std::uint32_t position) {
    const auto edges = graph_.rawEdges(o);
    for (const auto& [edge, slot] : slotsOf(graph_.snapshot().shape[raw(o)])) {
      if (edges[edge] != kNullEdge) add(*slot, o, position, ObjectIndex{edges[edge]});
    }
    const ObjectIndex dict = graph_.attributesDict(o);
    if (dict == kNoObject) return;
    const TypeIndex type = graph_.type(o);
    graph_.forEachItem(dict, [&](ObjectIndex key, ObjectIndex value) {
      const std::uint64_t pair = std::uint64_t{raw(type)} << 32 | raw(key);
      const auto [it, added] = slotsOfKeys_.try_emplace(pair, nullptr);
      if (added) {
        const std::optional<TextValue> name = graph_.text(key);
        if (name) it->second = &slot(type, name->bytes);
      }
      if (it->second != nullptr) add(*it->second, o, position, value);
    });
  }

  // A value counts what it retains only where the instance owns it, and only outermost: a tree of
  // nodes with `kids` is not summed up once per level.
  void add(Slot& slot, ObjectIndex owner, std::uint32_t position, ObjectIndex value) {
    Contained& c = *slot.contained;
    ++c.holders;
    ++c.types[raw(graph_.type(value))];
    const bool owned = dominators_.dominates(owner, value);
    if (owned && position >= slot.insideUntil) {
      c.retained += dominators_.retained(value);
      slot.insideUntil = position + dominators_.subtreeCountAt(position);
    }
    if (graph_.isContainer(value) && (owned || slot.shared.insert(raw(value)).second)) {
      addEntries(c, value);
    }
  }

  void addEntries(Contained& c, ObjectIndex container) {
    ++c.containers;
    const std::uint32_t count = graph_.entryCount(container);
    c.entries += count;
    const auto edges = graph_.rawEdges(container);
    const std::size_t step = graph_.isDict(container) ? 2 : 1;
    std::uint64_t* last = nullptr;
    std::uint32_t lastType = kNoIndex;
    const std::size_t first = graph_.shape(container).labels.size();
    for (std::size_t i = first + step - 1; i < first + count * step; i += step) {
      if (edges[i] == kNullEdge) continue;
      const std::uint32_t type = raw(graph_.type(ObjectIndex{edges[i]}));
      if (type != lastType) {
        last = &c.entryTypes[type];
        lastType = type;
      }
      ++*last;
    }
  }

  // What a class or module holds under a name, methods and classes left out.
  void addNamed(ByName& names, ObjectIndex dict) {
    graph_.forEachItem(dict, [&](ObjectIndex key, ObjectIndex value) {
      const std::optional<TextValue> name = graph_.text(key);
      if (!name || graph_.typeOfTypeObject(value) != kNoType) return;
      if (graph_.typeName(value) == "function") return;
      Contained& c = names[std::string(name->bytes)];
      ++c.holders;
      ++c.types[raw(graph_.type(value))];
      c.retained += dominators_.retained(value);
      if (graph_.isContainer(value)) addEntries(c, value);
    });
  }

  void addClassAttributes(TypeIndex t) {
    const TypeRecord& type = graph_.typeInfo(t);
    if (!type.has(TypeFlag::PythonClass) || type.object == kNoObject) return;
    const ObjectIndex dict = graph_.attributesDict(type.object);
    if (dict != kNoObject) addNamed(index_.attributes_[raw(t)], dict);
  }

  void addGlobals(const ModuleRecord& module) {
    if (module.dict != kNoObject) {
      addNamed(index_.globals_[std::string(graph_.name(module.name))], module.dict);
    }
  }

  CodeKey keyOf(const CodeRecord& code) const {
    return {std::string(graph_.name(code.file)), std::string(graph_.name(code.qualname)),
            code.firstLine};
  }

  void addSuspended() {
    for (const FrameRecord& frame : graph_.snapshot().frames) {
      if (frame.state != FrameState::Suspended || frame.owner == kNoObject) continue;
      const CodeRecord* code = graph_.code(frame.code);
      if (code == nullptr) continue;
      std::vector<Suspension>& lines = index_.suspended_[keyOf(*code)];
      auto it = std::ranges::find(lines, frame.line, &Suspension::line);
      if (it == lines.end()) it = lines.insert(lines.end(), Suspension{frame.line, 0, 0});
      ++it->count;
      it->retained += dominators_.retained(frame.owner);
    }
  }

  void addClosures() {
    std::unordered_map<std::uint32_t, Capture*> byCode;
    const auto& shapes = graph_.snapshot().shapes;
    std::vector<std::uint32_t> closureEdge(shapes.size(), kNoIndex);
    for (std::size_t s = 0; s < shapes.size(); ++s) {
      const auto it = std::ranges::find(shapes[s].labels, LabelKind::Closure, &EdgeLabel::kind);
      if (it != shapes[s].labels.end()) {
        closureEdge[s] = static_cast<std::uint32_t>(it - shapes[s].labels.begin());
      }
    }
    for (std::uint32_t o = 0; o < graph_.objectCount(); ++o) {
      const std::uint32_t edge = closureEdge[graph_.snapshot().shape[o]];
      if (o % kCheckEvery == 0 && !control_.keepGoing("counting", 1)) return;
      if (edge == kNoIndex || graph_.rawEdges(ObjectIndex{o})[edge] == kNullEdge) continue;
      const ObjectIndex code = graph_.codeOf(ObjectIndex{o});
      if (code == kNoObject) continue;
      const auto [it, added] = byCode.try_emplace(raw(code), nullptr);
      if (added) it->second = &newCapture(code);
      addClosure(*it->second, ObjectIndex{o}, ObjectIndex{graph_.rawEdges(ObjectIndex{o})[edge]});
    }
  }

  Capture& newCapture(ObjectIndex code) {
    Capture& capture = index_.captured_[keyOf(*graph_.code(code))];
    if (capture.variables.empty()) {
      for (std::string& name : freeVariables(graph_, code)) {
        capture.variables.emplace_back(std::move(name), 0);
      }
    }
    return capture;
  }

  void addClosure(Capture& capture, ObjectIndex function, ObjectIndex closure) {
    ++capture.count;
    capture.retained += dominators_.retained(function);
    const auto cells = graph_.rawEdges(closure);
    for (std::size_t i = 0; i < cells.size() && i < capture.variables.size(); ++i) {
      if (cells[i] == kNullEdge) continue;
      const ObjectIndex cell{cells[i]};
      if (dominators_.dominates(function, cell)) {
        capture.variables[i].second += dominators_.retained(cell);
      }
    }
  }

  struct SlotsOfShape {
    bool done = false;
    std::vector<std::pair<std::uint32_t, Slot*>> slots;
  };

  const HeapGraph& graph_;
  const Kinds& kinds_;
  const Dominators& dominators_;
  const RunControl& control_;
  StatisticsIndex& index_;
  std::unordered_map<Contained*, Slot> slots_;
  std::vector<SlotsOfShape> slotsOfShapes_;
  std::unordered_map<std::uint64_t, Slot*> slotsOfKeys_;
};

StatisticsIndex::StatisticsIndex(const HeapGraph& graph, const Kinds& kinds,
                                 const Dominators& dominators, const RunControl& control,
                                 const RunBoth& runBoth) {
  Builder(graph, kinds, dominators, control, *this).run(runBoth);
}

namespace {
template <class Map, class Key>
auto* lookUp(const Map& map, const Key& key) {
  const auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}
}  // namespace

const Contained* StatisticsIndex::attribute(TypeIndex t, std::string_view name) const {
  const ByName* names = lookUp(attributes_, raw(t));
  return names == nullptr ? nullptr : lookUp(*names, name);
}

const Contained* StatisticsIndex::global(std::string_view module, std::string_view name) const {
  const ByName* names = lookUp(globals_, module);
  return names == nullptr ? nullptr : lookUp(*names, name);
}

const std::vector<Suspension>* StatisticsIndex::suspended(const CodeKey& code) const {
  return lookUp(suspended_, code);
}

const Capture* StatisticsIndex::captured(const CodeKey& code) const {
  return lookUp(captured_, code);
}

}  // namespace whyalive::heap
