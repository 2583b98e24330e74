#include "server/sql/object_facts.h"

#include <algorithm>
#include <optional>

#include "server/heap/expression.h"

namespace whyalive::sql {

using heap::HeapGraph;
using heap::Label;
using heap::LabelKind;

namespace {

std::int64_t codePoints(std::string_view utf8) {
  return std::ranges::count_if(utf8, [](char c) { return (c & 0xC0) != 0x80; });
}

bool equals(const HeapGraph& graph, ObjectIndex key, const Cell& wanted) {
  if (const auto text = graph.text(key)) {
    return !text->cut && !isNull(wanted) && !wholeNumber(wanted) && text->bytes == textOf(wanted);
  }
  if (const auto i = graph.integer(key)) return i->bits == 0 && wholeNumber(wanted) == i->value;
  if (const auto r = graph.real(key)) {
    const auto* d = std::get_if<double>(&wanted);
    return (d != nullptr && *d == *r) || (wholeNumber(wanted) && *r == *wholeNumber(wanted));
  }
  return false;
}

}  // namespace

Cell ObjectFacts::length(ObjectIndex o) const {
  const HeapGraph& graph = indexes_.graph();
  if (graph.isContainer(o)) return numberCell(graph.entryCount(o));
  if (const auto t = graph.text(o)) return length(*t);
  if (const auto b = graph.blob(o)) return numberCell(b->cut ? b->length : b->bytes.size());
  return {};
}

Cell ObjectFacts::length(const heap::TextValue& text) {
  return text.cut ? numberCell(text.length) : Cell(codePoints(text.bytes));
}

Cell ObjectFacts::value(ObjectIndex o) const {
  const HeapGraph& graph = indexes_.graph();
  if (const auto t = graph.text(o)) return t->bytes;
  if (const auto i = graph.integer(o)) return i->bits == 0 ? Cell(i->value) : Cell();
  if (const auto r = graph.real(o)) return *r;
  if (const auto b = graph.blob(o)) return BlobView{b->bytes};
  return {};
}

Cell ObjectFacts::text(ObjectIndex o) const {
  const auto t = indexes_.graph().text(o);
  return t ? Cell(t->bytes) : Cell();
}

// A key that a split dict shares with its class is listed, but is no reference. Only a str is one.
std::uint64_t ObjectFacts::referrerCount(ObjectIndex o) const {
  const HeapGraph& graph = indexes_.graph();
  const std::uint64_t all = graph.rawReferrers(o).size();
  if (graph.shape(o).value != heap::ValueKind::Text) return all;
  std::uint64_t borrowed = 0;
  const auto& start = graph.snapshot().edgeStart;
  for (const std::uint32_t edge : indexes_.edgesTo(o)) {
    const auto source =
        static_cast<std::uint32_t>(std::ranges::upper_bound(start, edge) - start.begin()) - 1;
    const Label label = graph.label(ObjectIndex{source}, edge - start[source]);
    borrowed += label.kind == LabelKind::BorrowedKey ? 1 : 0;
  }
  return all - borrowed;
}

std::uint64_t ObjectFacts::referentCount(ObjectIndex o) const {
  std::uint64_t count = 0;
  indexes_.graph().forEachReference(o, [&](const Label& label, ObjectIndex) {
    count += label.kind == LabelKind::BorrowedKey ? 0 : 1;
  });
  return count;
}

// Asked of thousands of objects in turn, mostly of one class: where a shape has the attribute, and
// which object spells its name, is remembered.
ObjectIndex ObjectFacts::ownAttribute(ObjectIndex o, std::string_view name) {
  const HeapGraph& graph = indexes_.graph();
  if (last_ == nullptr || name != lastName_) {
    lastName_ = name;
    last_ = &attributeNames_[lastName_];
  }
  AttributeName& known = *last_;
  const std::uint32_t shapeIndex = graph.snapshot().shape[raw(o)];
  const auto [place, isNew] = known.placeInShape.try_emplace(shapeIndex);
  if (isNew) {
    const heap::ShapeRecord& shape = graph.shape(o);
    for (std::uint32_t i = 0; i < shape.labels.size(); ++i) {
      const LabelKind kind = shape.labels[i].kind;
      if (kind == LabelKind::AttributesDict) place->second.space = i;
      if ((kind == LabelKind::Attribute || kind == LabelKind::Slot) &&
          place->second.value == kNoIndex && graph.name(shape.labels[i].name) == name) {
        place->second.value = i;
      }
    }
  }
  const auto edges = graph.rawEdges(o);
  const AttributePlace& at = place->second;
  if (at.value != kNoIndex && edges[at.value] != snapshot::kNullEdge) {
    return ObjectIndex{edges[at.value]};
  }
  if (at.space == kNoIndex || edges[at.space] == snapshot::kNullEdge) return kNoObject;
  ObjectIndex found = kNoObject;
  graph.forEachItem(ObjectIndex{edges[at.space]}, [&](ObjectIndex key, ObjectIndex value) {
    if (key == known.key) found = value;
    return found == kNoObject;
  });
  if (found != kNoObject) return found;
  graph.forEachItem(ObjectIndex{edges[at.space]}, [&](ObjectIndex key, ObjectIndex value) {
    const auto text = graph.text(key);
    if (!text || text->cut || text->bytes != name) return true;
    known.key = key;
    found = value;
    return false;
  });
  return found;
}

ObjectIndex ObjectFacts::attribute(ObjectIndex o, std::string_view name) {
  const HeapGraph& graph = indexes_.graph();
  if (const ObjectIndex own = ownAttribute(o, name); own != kNoObject) return own;
  for (const TypeIndex t : graph.mro(graph.type(o))) {
    const ObjectIndex type = graph.typeInfo(t).object;
    if (type == kNoObject) continue;
    if (const ObjectIndex found = graph.attribute(type, name); found != kNoObject) return found;
  }
  return kNoObject;
}

ObjectIndex ObjectFacts::item(ObjectIndex container, const Cell& key) const {
  const HeapGraph& graph = indexes_.graph();
  ObjectIndex found = kNoObject;
  if (graph.isDict(container)) {
    graph.forEachItem(container, [&](ObjectIndex k, ObjectIndex value) {
      if (equals(graph, k, key)) found = value;
      return found == kNoObject;
    });
    return found;
  }
  const auto position = wholeNumber(key);
  const heap::ShapeRecord& shape = graph.shape(container);
  if (!position || shape.tail != heap::Tail::Index) return found;
  const auto entries = static_cast<std::int64_t>(graph.entryCount(container));
  const std::int64_t i = *position < 0 ? *position + entries : *position;
  if (i < 0 || i >= entries) return found;
  return ObjectIndex{graph.rawEdges(container)[shape.labels.size() + static_cast<std::size_t>(i)]};
}

Cell ObjectFacts::key(ObjectIndex o) const {
  const heap::Paths& paths = indexes_.analysis().paths();
  if (!paths.reached(o)) return {};
  if (paths.isStart(o)) {
    const heap::Root* root = indexes_.analysis().roots().at(o);
    return root == nullptr || root->name.empty() ? Cell() : Cell(std::string(root->name));
  }
  const HeapGraph& graph = indexes_.graph();
  const std::string name = labelName(graph, graph.label(paths.parent(o), paths.edgeTo(graph, o)));
  return name.empty() ? Cell() : Cell(name);
}

Cell ObjectFacts::path(ObjectIndex o) const {
  if (!indexes_.analysis().paths().reached(o)) return {};
  return heap::expressionTo(indexes_.analysis(), o);
}

ObjectIndex ObjectFacts::holderObject(ObjectIndex o) { return holders_.of(o); }

Cell ObjectFacts::holder(ObjectIndex o) {
  const ObjectIndex holder = holderObject(o);
  if (holder == kNoObject) return path(o);
  auto [it, isNew] = holderNames_.try_emplace(raw(holder));
  if (isNew) it->second = heap::expressionTo(indexes_.analysis(), holder);
  return std::string_view(it->second);
}

std::string_view kindName(LabelKind kind) {
  switch (kind) {
    case LabelKind::Native: return "native";
    case LabelKind::Attribute: return "attribute";
    case LabelKind::Slot: return "slot";
    case LabelKind::AttributesDict: return "namespace";
    case LabelKind::Index: return "index";
    case LabelKind::Member: return "member";
    case LabelKind::CellContents: return "cell";
    case LabelKind::Local: return "local";
    case LabelKind::Default: return "default";
    case LabelKind::BoundSelf: return "bound-self";
    case LabelKind::Wrapped: return "wrapped";
    case LabelKind::ContextVar: return "context-var";
    case LabelKind::ThreadLocal: return "thread-local";
    case LabelKind::WeakrefCallback: return "weakref-callback";
    case LabelKind::Type: return "type";
    case LabelKind::Internal: return "internal";
    case LabelKind::FrameBack: return "frame-back";
    case LabelKind::StackItem: return "stack";
    case LabelKind::DictKey:
    case LabelKind::BorrowedKey: return "key";
    case LabelKind::DictValue: return "value";
    case LabelKind::Closure: return "closure";
  }
  return "native";
}

std::string labelName(const HeapGraph& graph, const Label& label) {
  if (label.keyObject != kNoObject) {
    const auto text = graph.text(label.keyObject);
    return text && !text->cut ? std::string(text->bytes) : graph.repr(label.keyObject);
  }
  if (!label.name.empty()) return std::string(label.name);
  switch (label.kind) {
    case LabelKind::Index: return std::to_string(label.position);
    case LabelKind::AttributesDict: return "__dict__";
    case LabelKind::Type: return "__class__";
    case LabelKind::CellContents: return "cell_contents";
    case LabelKind::Closure: return "__closure__";
    case LabelKind::BoundSelf: return "__self__";
    default: return {};
  }
}

}  // namespace whyalive::sql
