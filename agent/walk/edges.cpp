#include "agent/walk/edges.h"

#include "agent/walk/native_sizes.h"

extern "C" {
#include "agent/compat/library_layouts.h"
}

namespace whyalive::agent {

using snapshot::LabelKind;
using snapshot::Tail;
using snapshot::ValueKind;

namespace {

// The fields of a type object, in the order of `writeType`.
struct TypeField {
  LabelKind kind;
  const char* name;
};
constexpr TypeField kTypeFields[] = {
    {LabelKind::AttributesDict, "__dict__"}, {LabelKind::Internal, "__base__"},
    {LabelKind::Internal, "__bases__"},      {LabelKind::Internal, "__mro__"},
    {LabelKind::Internal, "cache"},          {LabelKind::Internal, "__subclasses__"},
    {LabelKind::Internal, "__name__"},       {LabelKind::Internal, "__qualname__"},
    {LabelKind::Internal, "__slots__"},      {LabelKind::Internal, "module"},
};

}  // namespace

void TypePlans::addFixedLabels(Items items) {
  if (items == Items::Type) {
    for (const TypeField& field : kTypeFields) {
      shapes_->add(field.kind, names_->intern(field.name) + 1);
    }
    return;
  }
  compat::FrameField fields[16];
  for (int i = 0, count = compat::codeFieldNames(fields); i < count; ++i) {
    shapes_->add(LabelKind::Internal, names_->intern(fields[i].name) + 1);
  }
}

std::uint32_t EdgeWriter::write(PyObject* o, const TypePlan& plan) {
  if (plan.plainDict) {
    auto* dict = reinterpret_cast<PyDictObject*>(o);
    if (compat::kTracksInternedStrings &&
        (o == interned_ || (!interned_ && compat::isInternedStrings(dict)))) {
      interned_ = o;
      return plan.shape;
    }
    writeDict(dict);
    return compat::isSplit(dict) ? plan.otherShape : plan.shape;
  }
  const std::size_t start = edges_.size();
  if (plan.items == Items::Generator) return writeGenerator(o, plan);
  if (plan.items == Items::Frame) return writeFrameObject(o, plan);
  const std::uint32_t shape = writeHead(o, plan);
  writeItems(o, plan, start);
  return shape;
}

std::uint32_t EdgeWriter::writeHead(PyObject* o, const TypePlan& plan) {
  std::uintptr_t* at = edges_.ensure(plan.fieldCount + plan.inlineCount + 2);
  std::uintptr_t* const begin = at;
  if (plan.typeEdge) *at++ = reinterpret_cast<std::uintptr_t>(plan.type);
  const Field* fields = plans_->fieldsOf(plan);
  for (std::uint32_t i = 0; i < plan.fieldCount; ++i) {
    *at++ = *reinterpret_cast<std::uintptr_t*>(reinterpret_cast<char*>(o) + fields[i].offset);
  }
  std::uint32_t shape = plan.shape;
  if (plan.managedAttributes) {
    const compat::Attributes attributes = compat::managedAttributes(o, plan.type);
    if (attributes.values) {
      for (std::uint32_t i = 0; i < plan.inlineCount; ++i) {
        *at++ = reinterpret_cast<std::uintptr_t>(attributes.values[i]);
      }
    } else {
      *at++ = reinterpret_cast<std::uintptr_t>(attributes.dict);
      shape = plan.otherShape;
    }
  } else if (plan.dictAtOffset) {
    *at++ = reinterpret_cast<std::uintptr_t>(compat::dictAtOffset(o, plan.type));
  }
  edges_.advance(static_cast<std::size_t>(at - begin));
  return shape;
}

void EdgeWriter::putItems(PyObject* const* items, Py_ssize_t count) {
  if (count <= 0) return;
  std::memcpy(edges_.ensure(static_cast<std::size_t>(count)), items,
              static_cast<std::size_t>(count) * sizeof(PyObject*));
  edges_.advance(static_cast<std::size_t>(count));
}

void EdgeWriter::writeItems(PyObject* o, const TypePlan& plan, std::size_t start) {
  switch (plan.items) {
    case Items::None:
    case Items::Frame:
    case Items::Generator: return;
    case Items::List: return putItems(reinterpret_cast<PyListObject*>(o)->ob_item, Py_SIZE(o));
    case Items::Tuple: return putItems(reinterpret_cast<PyTupleObject*>(o)->ob_item, Py_SIZE(o));
    case Items::Dict: return writeDict(reinterpret_cast<PyDictObject*>(o));
    case Items::OrderedDict:
      writeDict(reinterpret_cast<PyDictObject*>(o));
      return writeOrderedNodes(reinterpret_cast<WaOrderedDict*>(o));
    case Items::LruLinks: return writeLruLinks(reinterpret_cast<WaLruCache*>(o));
    case Items::Set: return writeSet(reinterpret_cast<PySetObject*>(o));
    case Items::Deque: return writeDeque(reinterpret_cast<WaDeque*>(o));
    case Items::HamtBitmap:
      return putItems(reinterpret_cast<WaHamtBitmapNode*>(o)->items, Py_SIZE(o));
    case Items::HamtCollision:
      return putItems(reinterpret_cast<WaHamtCollisionNode*>(o)->items, Py_SIZE(o));
    case Items::HamtArray: return putItems(reinterpret_cast<WaHamtArrayNode*>(o)->items, 32);
    case Items::NumpyArray: {
      const auto items = numpyItems(o);
      return putItems(items.data(), static_cast<Py_ssize_t>(items.size()));
    }
    case Items::Type: return writeType(reinterpret_cast<PyTypeObject*>(o));
    case Items::Code: {
      compat::FrameField fields[16];
      const int count = compat::codeFields(reinterpret_cast<PyCodeObject*>(o), fields);
      for (int i = 0; i < count; ++i) put(fields[i].value);
      return;
    }
    case Items::Traverse:
    case Items::TraverseIndexed: return writeTraversed(o, plan, start);
    case Items::PicklerMemo: return writePicklerMemo(o, plan, start);
    case Items::UnpicklerMemo: return writeUnpicklerMemo(o, plan, start);
  }
}

void EdgeWriter::writeDict(PyDictObject* dict) {
  std::uintptr_t* const begin = edges_.ensure(2 * compat::entryBound(dict));
  std::uintptr_t* at = begin;
  compat::forEachEntry(dict, [&](PyObject* key, PyObject* value) {
    *at++ = reinterpret_cast<std::uintptr_t>(key);
    *at++ = reinterpret_cast<std::uintptr_t>(value);
  });
  edges_.advance(static_cast<std::size_t>(at - begin));
}

void EdgeWriter::writeSet(PySetObject* set) {
  // A removed entry keeps a dummy key, with hash -1.
  std::uintptr_t* const begin = edges_.ensure(static_cast<std::size_t>(set->used));
  std::uintptr_t* at = begin;
  std::uintptr_t* const end = begin + set->used;
  for (Py_ssize_t i = 0; i <= set->mask && at != end; ++i) {
    if (set->table[i].key && set->table[i].hash != -1) {
      *at++ = reinterpret_cast<std::uintptr_t>(set->table[i].key);
    }
  }
  edges_.advance(static_cast<std::size_t>(at - begin));
}

void EdgeWriter::writeDeque(WaDeque* deque) {
  const WaDequeBlock* block = deque->leftBlock;
  Py_ssize_t index = deque->leftIndex;
  for (Py_ssize_t left = Py_SIZE(deque); left > 0 && block; --left) {
    put(block->items[index]);
    if (++index == 64) {
      block = block->right;
      index = 0;
    }
  }
}

// The linked list that keeps the order has references of its own to the keys.
void EdgeWriter::writeOrderedNodes(WaOrderedDict* dict) {
  for (const WaOrderedNode* node = dict->first; node; node = node->next) {
    put(node->key);
    put(nullptr);
  }
}

// A bounded cache keeps its links in order of use, in a ring that starts at the cache itself.
void EdgeWriter::writeLruLinks(WaLruCache* cache) {
  for (WaLruLink* link = cache->root.next; link && link != &cache->root; link = link->next) {
    put(link);
  }
}

void EdgeWriter::writeType(PyTypeObject* type) {
  const bool heap = type->tp_flags & Py_TPFLAGS_HEAPTYPE;
  auto* made = reinterpret_cast<PyHeapTypeObject*>(type);
  put(compat::namespaceOf(type));
  put(heap ? type->tp_base : nullptr);  // a static type only borrows it
  put(type->tp_bases);
  put(type->tp_mro);
  put(type->tp_cache);
  put(compat::subclassesOf(type));
  put(heap ? made->ht_name : nullptr);
  put(heap ? made->ht_qualname : nullptr);
  put(heap ? made->ht_slots : nullptr);
  put(heap ? made->ht_module : nullptr);
  // The keys that its instances' dicts share are the class's.
  if (WaDictKeys* keys = compat::cachedKeys(type)) {
    for (Py_ssize_t i = 0; i < keys->entryCount; ++i) {
      if (PyObject* key = compat::keyAt(keys, i)) put(key);
    }
  }
}

namespace {

// Collects what tp_traverse visits and is not in the head yet. Each edge of the head stands for one
// reference, so it swallows one visit.
struct Rest {
  static constexpr std::size_t kMostHeads = 256;
  MappedArray<std::uintptr_t>* edges;
  std::size_t start;
  std::size_t headCount;
  bool taken[kMostHeads];
};

int visitRest(PyObject* o, void* arg) {
  auto* rest = static_cast<Rest*>(arg);
  const auto address = reinterpret_cast<std::uintptr_t>(o);
  for (std::size_t i = 0; i < rest->headCount; ++i) {
    if (!rest->taken[i] && (*rest->edges)[rest->start + i] == address) {
      rest->taken[i] = true;
      return 0;
    }
  }
  rest->edges->push(address);
  return 0;
}

}  // namespace

void EdgeWriter::writeTraversed(PyObject* o, const TypePlan& plan, std::size_t start) {
  if (!plan.traverse || !compat::isCollected(o, plan.type)) return;
  Rest rest{&edges_, start, edges_.size() - start, {}};
  if (rest.headCount > Rest::kMostHeads) rest.headCount = Rest::kMostHeads;
  plan.traverse(o, visitRest, &rest);
}

bool EdgeWriter::isTold(std::size_t from, PyObject* to) const {
  const auto address = reinterpret_cast<std::uintptr_t>(to);
  for (std::size_t i = from; i < edges_.size(); ++i) {
    if (edges_[i] == address) return true;
  }
  return false;
}

// CPython began to tell the collector of memos within the patch releases of one version, so what it
// visits is looked at rather than its version.
void EdgeWriter::writePicklerMemo(PyObject* o, const TypePlan& plan, std::size_t start) {
  writeTraversed(o, plan, start);
  const WaMemo* memo = reinterpret_cast<WaPickler*>(o)->memo;
  if (!memo || !memo->entries) return;
  const std::size_t told = edges_.size();
  for (std::size_t i = 0; i < memo->allocated; ++i) {
    if (!memo->entries[i].key) continue;
    if (edges_.size() == told && isTold(start, memo->entries[i].key)) return;
    put(memo->entries[i].key);
  }
}

void EdgeWriter::writeUnpicklerMemo(PyObject* o, const TypePlan& plan, std::size_t start) {
  writeTraversed(o, plan, start);
  const auto* unpickler = reinterpret_cast<WaUnpickler*>(o);
  if (!unpickler->memo) return;
  const std::size_t told = edges_.size();
  for (std::size_t i = 0; i < unpickler->memoSize; ++i) {
    if (!unpickler->memo[i]) continue;
    if (edges_.size() == told && isTold(start, unpickler->memo[i])) return;
    put(unpickler->memo[i]);
  }
}

std::uint32_t EdgeWriter::writeGenerator(PyObject* o, const TypePlan& plan) {
  compat::FrameField own[6];
  const int ownCount = compat::generatorFields(o, own);
  compat::Frame frame;
  const bool alive = compat::generatorFrame(o, frame);
  if (alive) found_.push({o, reinterpret_cast<PyObject*>(frame.frameObject)});
  // Where a generator's frame is an object of its own, that object holds the variables.
  return writeFrame(o, plan, own, ownCount,
                    alive && compat::kGeneratorsHoldVariables ? &frame : nullptr);
}

std::uint32_t EdgeWriter::writeFrameObject(PyObject* o, const TypePlan& plan) {
  compat::FrameField own[8];
  const int ownCount = compat::frameObjectFields(o, own);
  compat::Frame frame;
  const bool owns = compat::frameOfObject(o, frame);
  if (owns && !frame.generator && !compat::isRunning(o)) found_.push({nullptr, o});
  return writeFrame(o, plan, own, ownCount, owns ? &frame : nullptr);
}

std::uint32_t EdgeWriter::writeFrame(PyObject* o, const TypePlan& plan,
                                     const compat::FrameField* own, int ownCount,
                                     const compat::Frame* frame) {
  if (plan.typeEdge) put(plan.type);
  for (int i = 0; i < ownCount; ++i) put(own[i].value);
  if (frame) {
    for (int i = 0; i < frame->fieldCount; ++i) put(frame->fields[i].value);
    const int named = compat::variableCount(frame->code);
    for (int i = 0; i < named; ++i) {
      put(i < frame->variableCount ? compat::objectIn(frame->variables[i]) : nullptr);
    }
    for (int i = 0; i < frame->stackCount; ++i) put(compat::objectIn(frame->stack[i]));
  }
  return frameShape(o, plan, own, ownCount, frame);
}

std::uint32_t EdgeWriter::frameShape(PyObject*, const TypePlan& plan, const compat::FrameField* own,
                                     int ownCount, const compat::Frame* frame) {
  ShapeTable& shapes = plans_->shapes();
  NameTable& names = plans_->names();
  const auto second = reinterpret_cast<std::uintptr_t>(plan.type);
  const auto first = frame ? reinterpret_cast<std::uintptr_t>(frame->code) : 0;
  std::uint32_t* slot = shapes.find(first, second);
  if (*slot == 0) {
    shapes.begin();
    if (plan.typeEdge) shapes.add(LabelKind::Type);
    for (int i = 0; i < ownCount; ++i) {
      const LabelKind kind =
          std::string_view(own[i].name) == "f_back" ? LabelKind::FrameBack : LabelKind::Internal;
      shapes.add(kind, names.intern(own[i].name) + 1);
    }
    if (frame) {
      for (int i = 0; i < frame->fieldCount; ++i) {
        shapes.add(LabelKind::Internal, names.intern(frame->fields[i].name) + 1);
      }
      const int named = compat::variableCount(frame->code);
      for (int i = 0; i < named; ++i) {
        shapes.add(LabelKind::Local, plans_->nameOf(compat::variableName(frame->code, i)) + 1);
      }
    }
    const std::uint32_t shape =
        shapes.end(plan.index, Tail::StackItems, ValueKind::None, first, second);
    *slot = shape + 1;
  }
  return *slot - 1;
}

}  // namespace whyalive::agent
