#include "agent/walk/type_plans.h"

#include "agent/walk/layout_rows.h"
#include "agent/walk/native_sizes.h"

namespace whyalive::agent {

using snapshot::LabelKind;
using snapshot::Tail;
using snapshot::ValueKind;

namespace {

std::uint64_t hashOf(PyTypeObject* type) {
  return (reinterpret_cast<std::uintptr_t>(type) >> 4) * 0x9E3779B97F4A7C15ull;
}

ValueKind valueKindOf(PyTypeObject* type) {
  if (type->tp_flags & Py_TPFLAGS_UNICODE_SUBCLASS) return ValueKind::Text;
  if (type->tp_flags & Py_TPFLAGS_BYTES_SUBCLASS) return ValueKind::Blob;
  if (type->tp_flags & Py_TPFLAGS_LONG_SUBCLASS) return ValueKind::Integer;
  if (PyType_IsSubtype(type, &PyFloat_Type)) return ValueKind::Float;
  return ValueKind::None;
}

// The first ancestor with a row that keeps references the way `type` does.
const LayoutRow* inheritedRow(PyTypeObject* type) {
  for (PyTypeObject* at = type; at && at != &PyBaseObject_Type; at = at->tp_base) {
    if (at->tp_traverse != type->tp_traverse) return nullptr;
    if (const LayoutRow* row = layoutRow(at)) return row;
  }
  return type == &PyBaseObject_Type ? layoutRow(type) : nullptr;
}

Tail tailOf(Items items) {
  switch (items) {
    case Items::Dict:
    case Items::OrderedDict:
    case Items::HamtBitmap:
    case Items::HamtCollision: return Tail::Pairs;
    case Items::List:
    case Items::Tuple:
    case Items::NumpyArray:
    case Items::TraverseIndexed: return Tail::Index;
    case Items::Set:
    case Items::Deque: return Tail::Member;
    case Items::LruLinks:
    case Items::HamtArray:
    case Items::Traverse:
    case Items::PicklerMemo:
    case Items::UnpicklerMemo:
    case Items::Type: return Tail::Native;
    case Items::Frame:
    case Items::Generator: return Tail::StackItems;
    case Items::None:
    case Items::Code: return Tail::None;
  }
  return Tail::Native;
}

}  // namespace

TypePlans::TypePlans(Mappings& mappings, NameTable& names, ShapeTable& shapes)
    : names_(&names),
      shapes_(&shapes),
      index_(mappings),
      plans_(mappings, 1024),
      fields_(mappings, 4096),
      scratch_(mappings, 4096) {}

TypePlan& TypePlans::find(PyTypeObject* type, std::size_t line) {
  std::uint32_t* slot = index_.slotFor(
      hashOf(type), [&](std::uint32_t n) { return plans_[n].type == type; },
      [&](std::uint32_t n) { return hashOf(plans_[n].type); });
  if (*slot == 0) {
    TypePlan plan{};
    plan.type = type;
    plan.index = static_cast<std::uint32_t>(plans_.size());
    plans_.push(plan);
    *slot = plan.index + 1;
    make(plan);
    plans_[plan.index] = plan;
  }
  cache_[line] = *slot - 1;
  return plans_[*slot - 1];
}

void TypePlans::make(TypePlan& plan) {
  PyTypeObject* type = plan.type;
  plan.base = type;
  plan.firstField = static_cast<std::uint32_t>(fields_.size());
  for (; compat::isPythonClass(plan.base) && plan.base->tp_base; plan.base = plan.base->tp_base) {
    addSlotsOf(plan.base);
  }
  plan.typeEdge = type->tp_flags & Py_TPFLAGS_HEAPTYPE;
  plan.plainDict = type == &PyDict_Type;
  plan.value = valueKindOf(type);
  plan.sizeRule = sizeRuleOf(type);
  plan.nativeRule = nativeRuleOf(type);
  plan.basicBytes = static_cast<std::uint32_t>(compat::preHeaderBytes(type)) +
                    static_cast<std::uint32_t>(type->tp_basicsize);
  plan.itemBytes =
      static_cast<std::uint32_t>(type->tp_itemsize < 0 ? -type->tp_itemsize : type->tp_itemsize);
  addLayout(plan);
  plan.fieldCount = static_cast<std::uint32_t>(fields_.size()) - plan.firstField;
  plan.managedAttributes = compat::hasManagedDict(type) && plan.items != Items::Type;
  plan.dictAtOffset = !plan.managedAttributes && type->tp_dictoffset != 0 &&
                      plan.items != Items::Type &&
                      !hasField(plan.firstField, static_cast<std::int32_t>(type->tp_dictoffset));
  plan.weakReference = PyType_IsSubtype(type, &_PyWeakref_RefType) ||
                       type == &_PyWeakref_ProxyType || type == &_PyWeakref_CallableProxyType;
  plan.listed = plan.weakReference || plan.items == Items::Code || plan.opaque ||
                plan.nativeRule != NativeRule::None;
  plan.leaf = plan.items == Items::None && plan.fieldCount == 0 && !plan.typeEdge &&
              !plan.managedAttributes && !plan.dictAtOffset;
  makeShapes(plan);
}

void TypePlans::addLayout(TypePlan& plan) {
  PyTypeObject* base = plan.base;
  plan.traverse = base->tp_traverse;
  const LayoutRow* row = layoutRow(base);
  if (!row) row = inheritedRow(base);
  if (row) {
    plan.items = row->items;
    for (const NamedField& field : row->fields) {
      fields_.push({field.offset, field.kind, field.name ? names_->intern(field.name) : kNoName32});
    }
    if (row->onlyFields) return;
  } else if (base->tp_flags & Py_TPFLAGS_TYPE_SUBCLASS) {
    plan.items = Items::Type;
    return;
  } else if ((base->tp_flags & Py_TPFLAGS_HAVE_GC) && base->tp_traverse) {
    const bool indexed = base->tp_flags & Py_TPFLAGS_TUPLE_SUBCLASS;
    plan.items = indexed ? Items::TraverseIndexed : Items::Traverse;
  } else {
    plan.items = Items::None;
  }
  plan.opaque = !row && plan.value == ValueKind::None;
  for (PyTypeObject* at = base; at && at != &PyBaseObject_Type; at = at->tp_base) {
    addMembersOf(at, plan.firstField);
  }
}

bool TypePlans::hasField(std::uint32_t firstField, std::int32_t offset) const {
  for (std::size_t i = firstField; i < fields_.size(); ++i) {
    if (fields_[i].offset == offset) return true;
  }
  return false;
}

void TypePlans::addSlotsOf(PyTypeObject* type) {
  auto* member =
      reinterpret_cast<PyMemberDef*>(reinterpret_cast<char*>(type) + Py_TYPE(type)->tp_basicsize);
  for (Py_ssize_t i = 0; i < Py_SIZE(type); ++i, ++member) {
    if (member->type != T_OBJECT_EX && member->type != T_OBJECT) continue;
    fields_.push(
        {static_cast<std::int32_t>(member->offset), LabelKind::Slot, names_->intern(member->name)});
  }
}

void TypePlans::addMembersOf(PyTypeObject* type, std::uint32_t firstField) {
  for (PyMemberDef* member = type->tp_members; member && member->name; ++member) {
    if (member->type != T_OBJECT_EX && member->type != T_OBJECT) continue;
    const auto offset = static_cast<std::int32_t>(member->offset);
    if (offset <= 0 || hasField(firstField, offset)) continue;
    const std::string_view name = member->name;
    fields_.push({offset, name == "__dict__" ? LabelKind::AttributesDict : LabelKind::Slot,
                  names_->intern(name)});
  }
}

std::uint32_t TypePlans::nameOf(PyObject* string) {
  const std::string_view ascii = compat::asciiView(string);
  if (!ascii.empty()) return names_->intern(ascii);
  constexpr std::size_t limit = 4096;
  const compat::Characters text = compat::charactersOf(string);
  scratch_.clear();
  std::uint8_t* at = scratch_.ensure(4 * limit);
  const std::size_t length = compat::encodeUtf8(text, limit, at);
  return names_->intern({reinterpret_cast<const char*>(at), length});
}

void TypePlans::addHeadLabels(const TypePlan& plan) {
  if (plan.typeEdge) shapes_->add(LabelKind::Type);
  for (std::uint32_t i = 0; i < plan.fieldCount; ++i) {
    const Field& field = fields_[plan.firstField + i];
    shapes_->add(field.kind, field.name == kNoName32 ? 0 : field.name + 1);
  }
}

void TypePlans::makeShapes(TypePlan& plan) {
  plan.shape = plan.otherShape = kNoName32;
  if (plan.items == Items::Frame || plan.items == Items::Generator) return;
  const Tail tail = tailOf(plan.items);
  shapes_->begin();
  addHeadLabels(plan);
  if (plan.items == Items::Type || plan.items == Items::Code) {
    addFixedLabels(plan.items);
  } else if (plan.dictAtOffset) {
    shapes_->add(LabelKind::AttributesDict, names_->intern("__dict__") + 1);
  } else if (plan.managedAttributes) {
    if (WaDictKeys* keys = compat::cachedKeys(plan.type)) {
      plan.inlineCount = static_cast<std::uint32_t>(keys->entryCount);
      for (std::uint32_t i = 0; i < plan.inlineCount; ++i) {
        shapes_->add(LabelKind::Attribute, nameOf(compat::keyAt(keys, i)) + 1);
      }
    }
  }
  plan.shape = shapes_->end(plan.index, tail, plan.value);
  if (plan.plainDict) {
    shapes_->begin();
    plan.otherShape = shapes_->end(plan.index, Tail::SplitPairs, plan.value);
  } else if (plan.managedAttributes) {
    shapes_->begin();
    addHeadLabels(plan);
    shapes_->add(LabelKind::AttributesDict, names_->intern("__dict__") + 1);
    plan.otherShape = shapes_->end(plan.index, tail, plan.value);
  }
}

}  // namespace whyalive::agent
