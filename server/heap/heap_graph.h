// HeapGraph: the objects of one snapshot and the references between them, with labels.
//
// References are what the interpreter owns; weak references are not among them. A reference's label
// follows from the shape of the object and the position (docs/snapshot-format.md), so it is found
// while walking, never stored. Frozen after construction: any thread may read.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/run_control.h"
#include "server/heap/snapshot.h"

namespace whyalive::heap {

struct Label {
  LabelKind kind = LabelKind::Native;
  std::string_view name;              // Attribute, Slot, Local, Wrapped, Internal …
  ObjectIndex keyObject = kNoObject;  // DictValue: the key; DictKey, BorrowedKey: the key itself
  std::uint32_t position = 0;         // Index: 0, 1, 2 …; DictKey, DictValue: number of the pair
};

struct TextValue {
  std::string_view bytes;    // UTF-8 of a str (surrogates as three bytes), or raw bytes of a bytes
  bool cut = false;          // only the beginning was kept
  std::uint64_t length = 0;  // whole length: code points of a str (0 unless cut), bytes of a bytes
};

struct IntegerValue {
  std::int64_t value = 0;
  std::uint32_t bits = 0;  // not 0: too large to be kept, this many bits
};

class HeapGraph {
 public:
  // Without referrers, until they are linked.
  explicit HeapGraph(Snapshot snapshot);
  HeapGraph(HeapGraph&&) = default;
  HeapGraph& operator=(HeapGraph&&) = default;

  const Snapshot& snapshot() const { return s_; }
  std::uint32_t objectCount() const { return s_.objectCount(); }
  std::uint64_t edgeCount() const { return s_.edges.size(); }
  std::uint32_t typeCount() const { return static_cast<std::uint32_t>(s_.types.size()); }

  // Types.
  TypeIndex type(ObjectIndex o) const { return s_.shapes[s_.shape[raw(o)]].type; }
  const TypeRecord& typeInfo(TypeIndex t) const { return s_.types[raw(t)]; }
  // "xmpp.simplexml.Node"; types of builtins bare: "dict".
  std::string_view typeName(TypeIndex t) const { return typeNames_[raw(t)]; }
  std::string_view typeName(ObjectIndex o) const { return typeName(type(o)); }
  std::span<const TypeIndex> mro(TypeIndex t) const { return s_.types[raw(t)].mro; }
  bool isSubtype(TypeIndex t, TypeIndex base) const;
  // The type that this object *is*, kNoType when it is not a type object.
  TypeIndex typeOfTypeObject(ObjectIndex o) const;
  // By qualified name as typeName gives it; several when a class was made more than once.
  std::vector<TypeIndex> typesNamed(std::string_view qualifiedName) const;
  // A builtin type by its bare name; kNoType when the snapshot has none.
  TypeIndex builtinType(std::string_view name) const;

  // Facts.
  Bytes size(ObjectIndex o) const {  // sys.getsizeof
    const std::uint16_t size = s_.size[raw(o)];
    return size != Snapshot::kLargeSize ? size : largeSize(o);
  }
  Bytes nativeSize(ObjectIndex o) const {  // beyond it; a shared buffer counts at its first object
    return nativeSizes_.empty() ? 0 : knownNativeSize(o);
  }
  std::uint64_t address(ObjectIndex o) const { return s_.address[raw(o)]; }
  std::optional<ObjectIndex> objectAt(std::uint64_t address) const;
  std::uint64_t refcount(ObjectIndex o) const { return s_.refcount[raw(o)]; }  // 0 = immortal
  bool tracked(ObjectIndex o) const { return (s_.tracked[raw(o) >> 3] >> (raw(o) & 7) & 1) != 0; }

  // Values. Empty when the object has none of that kind.
  std::optional<TextValue> text(ObjectIndex o) const;  // str
  std::optional<TextValue> blob(ObjectIndex o) const;  // bytes
  std::optional<IntegerValue> integer(ObjectIndex o) const;
  std::optional<double> real(ObjectIndex o) const;
  // As Python's repr would show it, cut to `limit` bytes; "<Node>" for what has no value.
  std::string repr(ObjectIndex o, std::size_t limit = 60) const;

  // References. Raw targets hold snapshot::kNullEdge for empty slots.
  const ShapeRecord& shape(ObjectIndex o) const { return s_.shapes[s_.shape[raw(o)]]; }
  std::span<const std::uint32_t> rawEdges(ObjectIndex o) const {
    return s_.edges.subspan(s_.edgeStart[raw(o)], s_.edgeStart[raw(o) + 1] - s_.edgeStart[raw(o)]);
  }
  bool isLeaf(ObjectIndex o) const { return s_.edgeStart[raw(o)] == s_.edgeStart[raw(o) + 1]; }
  Label label(ObjectIndex o, std::uint32_t edge) const;  // of the edge-th raw edge
  // fn(const Label&, ObjectIndex target), null slots left out; fn may return false to stop.
  template <class Fn>
  void forEachReference(ObjectIndex o, Fn&& fn) const;
  // fn(ObjectIndex key, ObjectIndex value) for each entry of a dict, in order; may return false.
  template <class Fn>
  void forEachItem(ObjectIndex dict, Fn&& fn) const;
  // Objects that refer to this one, once per reference, rising.
  std::span<const std::uint32_t> rawReferrers(ObjectIndex o) const {
    return std::span(referrers_)
        .subspan(referrerStart_[raw(o)], referrerStart_[raw(o) + 1] - referrerStart_[raw(o)]);
  }
  std::span<const std::uint32_t> allReferrers() const { return referrers_; }  // in order of targets
  void prefetchReferrers(ObjectIndex o) const { __builtin_prefetch(&referrerStart_[raw(o)]); }
  // Entries of a container: items of a dict, elements of a list, tuple, set, deque; else 0.
  std::uint32_t entryCount(ObjectIndex o) const;
  bool isDict(ObjectIndex o) const;       // has items: dict and subclasses
  bool isContainer(ObjectIndex o) const;  // its tail holds entries

  // The namespace of an instance, module, type or function, kNoObject when it has none (or keeps
  // its attributes inline).
  ObjectIndex attributesDict(ObjectIndex o) const;
  // What a dict holds under this text key, kNoObject when absent.
  ObjectIndex item(ObjectIndex dict, std::string_view key) const;
  // Instance attribute: inline, slot or namespace; kNoObject when absent. Classes are not asked.
  ObjectIndex attribute(ObjectIndex o, std::string_view name) const;

  // Records by object; nullptr when there is none.
  const CodeRecord* code(ObjectIndex codeObject) const;
  const ModuleRecord* module(ObjectIndex moduleObject) const;
  // The module whose namespace this dict is; nullptr when it is no namespace.
  const ModuleRecord* moduleOfNamespace(ObjectIndex dict) const;
  // Of a generator, coroutine or async generator; nullptr for others.
  const FrameRecord* frameOfOwner(ObjectIndex owner) const;
  // Code of a function or of a generator-like object, kNoObject for others.
  ObjectIndex codeOf(ObjectIndex o) const;
  std::string_view name(NameIndex n) const { return s_.name(n); }

  // Before it is shared: who refers to each object. Cancelled, it is incomplete: whoever gave the
  // control knows.
  void linkReferrers(const RunControl& control = {});
  // Before it is shared: a copy of a shape, and objects that are told apart from the others of
  // theirs by it (kinds.h).
  std::uint32_t copyShape(std::uint32_t shape);
  void setShape(ObjectIndex o, std::uint32_t shape) { s_.shape[raw(o)] = shape; }

 private:
  Bytes largeSize(ObjectIndex o) const;
  const std::uint8_t* valueOf(ObjectIndex o, ValueKind kind) const;
  void nameTypes();
  void indexRecords();
  Bytes knownNativeSize(ObjectIndex o) const;

  Snapshot s_;
  std::vector<std::string> typeNames_;
  std::unordered_map<std::string_view, std::vector<TypeIndex>> typesByName_;
  std::unordered_map<std::uint32_t, TypeIndex> typeByObject_;
  std::unordered_map<std::uint32_t, std::uint32_t> codeByObject_, moduleByObject_, moduleByDict_,
      frameByOwner_;
  std::vector<std::pair<std::uint32_t, Bytes>> nativeSizes_;  // by object
  Column<std::uint32_t> referrerStart_, referrers_;
};

namespace detail {
template <class Fn, class... Args>
bool keepsGoing(Fn& fn, Args&&... args) {
  if constexpr (std::is_same_v<std::invoke_result_t<Fn&, Args...>, bool>) {
    return fn(std::forward<Args>(args)...);
  } else {
    fn(std::forward<Args>(args)...);
    return true;
  }
}
}  // namespace detail

template <class Fn>
void HeapGraph::forEachReference(ObjectIndex o, Fn&& fn) const {
  const std::span<const std::uint32_t> edges = rawEdges(o);
  for (std::uint32_t i = 0; i < edges.size(); ++i) {
    if (edges[i] == snapshot::kNullEdge) continue;
    if (!detail::keepsGoing(fn, label(o, i), ObjectIndex{edges[i]})) return;
  }
}

template <class Fn>
void HeapGraph::forEachItem(ObjectIndex dict, Fn&& fn) const {
  if (!isDict(dict)) return;
  const std::span<const std::uint32_t> edges = rawEdges(dict);
  for (std::size_t i = shape(dict).labels.size(); i + 1 < edges.size(); i += 2) {
    if (edges[i] == snapshot::kNullEdge || edges[i + 1] == snapshot::kNullEdge) continue;
    if (!detail::keepsGoing(fn, ObjectIndex{edges[i]}, ObjectIndex{edges[i + 1]})) return;
  }
}

}  // namespace whyalive::heap
