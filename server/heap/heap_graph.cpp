#include "server/heap/heap_graph.h"

#include <algorithm>
#include <unordered_set>

namespace whyalive::heap {

using snapshot::kNullEdge;

namespace {
constexpr std::uint32_t kCheckEvery = 1u << 20;  // objects between two looks at RunControl
}

HeapGraph::HeapGraph(Snapshot snapshot) : s_(std::move(snapshot)) {
  nameTypes();
  indexRecords();
}

std::uint32_t HeapGraph::copyShape(std::uint32_t shape) {
  ShapeRecord copy = s_.shapes[shape];
  s_.shapes.push_back(std::move(copy));
  return static_cast<std::uint32_t>(s_.shapes.size() - 1);
}

void HeapGraph::nameTypes() {
  typeNames_.reserve(s_.types.size());
  for (const TypeRecord& t : s_.types) {
    std::string name(s_.name(t.qualname).empty() ? s_.name(t.tpName) : s_.name(t.qualname));
    const std::string_view module = s_.name(t.module);
    if (!module.empty() && module != "builtins") name = std::string(module) + "." + name;
    typeNames_.push_back(std::move(name));
  }
  for (std::uint32_t t = 0; t < typeCount(); ++t) {
    typesByName_[typeNames_[t]].push_back(TypeIndex{t});
    if (s_.types[t].object != kNoObject)
      typeByObject_.emplace(raw(s_.types[t].object), TypeIndex{t});
  }
}

void HeapGraph::indexRecords() {
  for (std::uint32_t i = 0; i < s_.codes.size(); ++i) {
    codeByObject_.emplace(raw(s_.codes[i].object), i);
  }
  for (std::uint32_t i = 0; i < s_.modules.size(); ++i) {
    moduleByObject_.emplace(raw(s_.modules[i].object), i);
    if (s_.modules[i].dict != kNoObject) moduleByDict_.emplace(raw(s_.modules[i].dict), i);
  }
  for (std::uint32_t i = 0; i < s_.frames.size(); ++i) {
    if (s_.frames[i].owner != kNoObject) frameByOwner_.emplace(raw(s_.frames[i].owner), i);
  }
  std::unordered_set<std::uint64_t> counted;  // buffers
  for (const NativeSizeRecord& n : s_.nativeSizes) {
    if (n.buffer == 0 || counted.insert(n.buffer).second) {
      nativeSizes_.emplace_back(raw(n.object), n.bytes);
    }
  }
  std::ranges::sort(nativeSizes_);
  std::size_t kept = 0;  // several records of one object are added up
  for (const auto& [object, bytes] : nativeSizes_) {
    if (kept > 0 && nativeSizes_[kept - 1].first == object) {
      nativeSizes_[kept - 1].second += bytes;
    } else {
      nativeSizes_[kept++] = {object, bytes};
    }
  }
  nativeSizes_.resize(kept);
}

// Counting sort of the references by target; a referrer stands once per reference.
void HeapGraph::linkReferrers(const RunControl& control) {
  const std::uint32_t n = objectCount();
  const auto stopped = [&](std::uint32_t o, double part) {
    return o % kCheckEvery == 0 && !control.keepGoing("linking references", part);
  };
  referrerStart_.resize(n + 1);
  for (std::uint32_t o = 0; o <= n; ++o) {
    if (stopped(o, 0)) return;
    referrerStart_[o] = 0;
  }
  for (std::uint32_t o = 0; o < n; ++o) {
    if (stopped(o, 0.4 * o / n)) return;
    for (std::uint32_t e = s_.edgeStart[o]; e < s_.edgeStart[o + 1]; ++e) {
      if (s_.edges[e] != kNullEdge) ++referrerStart_[s_.edges[e]];
    }
  }
  std::uint32_t sum = 0;
  for (std::uint32_t i = 0; i <= n; ++i) {
    if (stopped(i, 0.4)) return;
    sum += i < n ? referrerStart_[i] : 0;
    referrerStart_[i] = sum;
  }
  referrers_.resize(sum);
  for (std::uint32_t o = n; o-- > 0;) {
    if (stopped(o, 1 - 0.6 * o / n)) return;
    for (std::uint32_t e = s_.edgeStart[o + 1]; e-- > s_.edgeStart[o];) {
      const std::uint32_t target = s_.edges[e];
      if (target != kNullEdge) referrers_[--referrerStart_[target]] = o;
    }
  }
}

bool HeapGraph::isSubtype(TypeIndex t, TypeIndex base) const {
  return t == base || std::ranges::find(mro(t), base) != mro(t).end();
}

TypeIndex HeapGraph::typeOfTypeObject(ObjectIndex o) const {
  const auto it = typeByObject_.find(raw(o));
  return it == typeByObject_.end() ? kNoType : it->second;
}

std::vector<TypeIndex> HeapGraph::typesNamed(std::string_view qualifiedName) const {
  const auto it = typesByName_.find(qualifiedName);
  return it == typesByName_.end() ? std::vector<TypeIndex>{} : it->second;
}

TypeIndex HeapGraph::builtinType(std::string_view name) const {
  for (const TypeIndex t : typesNamed(name)) {
    if (!typeInfo(t).has(TypeFlag::PythonClass)) return t;
  }
  return kNoType;
}

Bytes HeapGraph::largeSize(ObjectIndex o) const {
  const auto it =
      std::ranges::lower_bound(s_.largeSizes, raw(o), {}, [](const auto& p) { return p.first; });
  return it == s_.largeSizes.end() ? Snapshot::kLargeSize : it->second;
}

Bytes HeapGraph::knownNativeSize(ObjectIndex o) const {
  const auto it =
      std::ranges::lower_bound(nativeSizes_, raw(o), {}, [](const auto& p) { return p.first; });
  return it != nativeSizes_.end() && it->first == raw(o) ? it->second : 0;
}

std::optional<ObjectIndex> HeapGraph::objectAt(std::uint64_t address) const {
  const auto found = s_.address.find(address);
  return found ? std::optional(ObjectIndex{*found}) : std::nullopt;
}

Label HeapGraph::label(ObjectIndex o, std::uint32_t edge) const {
  const ShapeRecord& shape = this->shape(o);
  const auto fixed = static_cast<std::uint32_t>(shape.labels.size());
  if (edge < fixed) {
    return {shape.labels[edge].kind, s_.name(shape.labels[edge].name), kNoObject, edge};
  }
  const std::uint32_t i = edge - fixed;
  switch (shape.tail) {
    case Tail::None:
    case Tail::Native: return {LabelKind::Native, {}, kNoObject, i};
    case Tail::Index: return {LabelKind::Index, {}, kNoObject, i};
    case Tail::Member: return {LabelKind::Member, {}, kNoObject, i};
    case Tail::StackItems: return {LabelKind::StackItem, {}, kNoObject, i};
    case Tail::Pairs:
    case Tail::SplitPairs: break;
  }
  const ObjectIndex key{s_.edges[s_.edgeStart[raw(o)] + (i % 2 == 0 ? edge : edge - 1)]};
  if (i % 2 == 1) return {LabelKind::DictValue, {}, key, i / 2};
  return {shape.tail == Tail::Pairs ? LabelKind::DictKey : LabelKind::BorrowedKey, {}, key, i / 2};
}

bool HeapGraph::isDict(ObjectIndex o) const {
  const Tail tail = shape(o).tail;
  return tail == Tail::Pairs || tail == Tail::SplitPairs;
}

bool HeapGraph::isContainer(ObjectIndex o) const {
  const Tail tail = shape(o).tail;
  return isDict(o) || tail == Tail::Index || tail == Tail::Member;
}

std::uint32_t HeapGraph::entryCount(ObjectIndex o) const {
  if (!isContainer(o)) return 0;
  const std::span<const std::uint32_t> edges = rawEdges(o);
  const std::span<const std::uint32_t> stored = edges.subspan(shape(o).labels.size());
  if (!isDict(o)) return static_cast<std::uint32_t>(stored.size());
  // Pairs without a value come last: further references of an OrderedDict to its keys.
  std::size_t pairs = stored.size() / 2;
  if (pairs == 0 || stored[2 * pairs - 1] != kNullEdge) return static_cast<std::uint32_t>(pairs);
  std::size_t withValue = 0;
  while (withValue < pairs) {
    const std::size_t middle = (withValue + pairs) / 2;
    if (stored[2 * middle + 1] != kNullEdge) {
      withValue = middle + 1;
    } else {
      pairs = middle;
    }
  }
  return static_cast<std::uint32_t>(withValue);
}

ObjectIndex HeapGraph::attributesDict(ObjectIndex o) const {
  const ShapeRecord& shape = this->shape(o);
  for (std::uint32_t i = 0; i < shape.labels.size(); ++i) {
    if (shape.labels[i].kind == LabelKind::AttributesDict) return ObjectIndex{rawEdges(o)[i]};
  }
  return kNoObject;
}

ObjectIndex HeapGraph::item(ObjectIndex dict, std::string_view key) const {
  ObjectIndex found = kNoObject;
  forEachItem(dict, [&](ObjectIndex k, ObjectIndex value) {
    const std::optional<TextValue> t = text(k);
    if (t && !t->cut && t->bytes == key) found = value;
    return found == kNoObject;
  });
  return found;
}

ObjectIndex HeapGraph::attribute(ObjectIndex o, std::string_view name) const {
  const ShapeRecord& shape = this->shape(o);
  for (std::uint32_t i = 0; i < shape.labels.size(); ++i) {
    const EdgeLabel label = shape.labels[i];
    if ((label.kind == LabelKind::Attribute || label.kind == LabelKind::Slot) &&
        s_.name(label.name) == name && rawEdges(o)[i] != kNullEdge) {
      return ObjectIndex{rawEdges(o)[i]};
    }
  }
  const ObjectIndex dict = attributesDict(o);
  return dict == kNoObject ? kNoObject : item(dict, name);
}

namespace {
template <class Record>
const Record* recordAt(const std::unordered_map<std::uint32_t, std::uint32_t>& index, ObjectIndex o,
                       const std::vector<Record>& records) {
  const auto it = index.find(raw(o));
  return it == index.end() ? nullptr : &records[it->second];
}
}  // namespace

const CodeRecord* HeapGraph::code(ObjectIndex o) const {
  return recordAt(codeByObject_, o, s_.codes);
}
const ModuleRecord* HeapGraph::module(ObjectIndex o) const {
  return recordAt(moduleByObject_, o, s_.modules);
}
const ModuleRecord* HeapGraph::moduleOfNamespace(ObjectIndex dict) const {
  return recordAt(moduleByDict_, dict, s_.modules);
}
const FrameRecord* HeapGraph::frameOfOwner(ObjectIndex owner) const {
  return recordAt(frameByOwner_, owner, s_.frames);
}

ObjectIndex HeapGraph::codeOf(ObjectIndex o) const {
  if (const FrameRecord* frame = frameOfOwner(o)) return frame->code;
  const ShapeRecord& shape = this->shape(o);
  for (std::uint32_t i = 0; i < shape.labels.size(); ++i) {
    if (shape.labels[i].kind != LabelKind::Internal) continue;
    const ObjectIndex target{rawEdges(o)[i]};
    if (raw(target) != kNullEdge && codeByObject_.contains(raw(target))) return target;
  }
  return kNoObject;
}

}  // namespace whyalive::heap
