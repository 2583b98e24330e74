#include "agent/walk/type_counts.h"

#include "agent/compat/interpreter.h"
#include "agent/compat/objects.h"
#include "agent/memory/mapped.h"

namespace whyalive::agent {
namespace {

// What an object keeps beside its basic size.
enum class Body : std::uint8_t {
  Word,  // a number of items that lies in the object itself
  Dict,
  Set,
  Generator,  // tp_itemsize, but no ob_size: what lies there is a pointer
  Frame,
};

struct Tally {
  PyTypeObject* type;
  std::uint64_t count;
  std::uint64_t bytes;  // beyond `each` of every object
  std::uint32_t each;
  std::uint32_t wordOffset;  // Body::Word: where the number of items is; it counts `itemBytes`
  std::uint32_t itemBytes;
  Body body;
};

Tally tallyOf(PyTypeObject* type) {
  Tally tally{type, 0, 0, 0, 0, 0, Body::Word};
  tally.each = static_cast<std::uint32_t>(compat::preHeaderBytes(type)) +
               static_cast<std::uint32_t>(type->tp_basicsize);
  if (type->tp_flags & Py_TPFLAGS_DICT_SUBCLASS) {
    tally.body = Body::Dict;
  } else if (PyType_IsSubtype(type, &PySet_Type) || PyType_IsSubtype(type, &PyFrozenSet_Type)) {
    tally.body = Body::Set;
  } else if (type == &PyGen_Type || type == &PyCoro_Type || type == &PyAsyncGen_Type) {
    tally.body = Body::Generator;
  } else if (type == &PyFrame_Type) {
    tally.body = Body::Frame;
  } else if (type->tp_flags & Py_TPFLAGS_LIST_SUBCLASS) {
    tally.wordOffset = offsetof(PyListObject, allocated);
    tally.itemBytes = sizeof(void*);
  } else if (type->tp_itemsize > 0) {
    tally.wordOffset = offsetof(PyVarObject, ob_size);
    tally.itemBytes = static_cast<std::uint32_t>(type->tp_itemsize);
  }
  return tally;
}

std::uint64_t setBytes(PyObject* o) {
  auto* set = reinterpret_cast<PySetObject*>(o);
  if (set->table == set->smalltable) return 0;
  return (static_cast<std::uint64_t>(set->mask) + 1) * sizeof(setentry);
}

// Beyond tp_basicsize, which the tally counts for each.
std::uint64_t frameBytes(PyObject* o, const Tally& tally) {
  const std::size_t whole = tally.body == Body::Generator ? compat::generatorBytes(o, tally.type)
                                                          : compat::frameObjectBytes(o);
  return whole - static_cast<std::size_t>(tally.type->tp_basicsize);
}

// Open addressing by the type's address; grows by rehashing. Dicts wait a little in a ring until
// the memory that tells their size has arrived.
class Counter {
 public:
  explicit Counter(Mappings& mappings) : mappings_(mappings), slots_(mappings, kFirstSlots) {
    slots_.resize(kFirstSlots);
  }

  void add(PyObject* o) {
    PyTypeObject* const type = Py_TYPE(o);
    Tally& tally = last_->type == type ? *last_ : find(type);
    ++tally.count;
    // Read even where it counts for nothing: cheaper than a branch that nobody can foresee.
    tally.bytes +=
        *reinterpret_cast<std::uint64_t*>(reinterpret_cast<char*>(o) + tally.wordOffset) *
        tally.itemBytes;
    if (tally.body == Body::Word) return;
    if (tally.body == Body::Dict) {
      later(reinterpret_cast<PyDictObject*>(o));
    } else {
      tally.bytes += tally.body == Body::Set ? setBytes(o) : frameBytes(o, tally);
    }
  }

  void report(const CountVisitor& visitor) {
    for (PyDictObject*& waiting : ring_) settle(waiting);
    for (const Tally& tally : slots_) {
      if (tally.type) name(tally, visitor);
    }
  }

 private:
  static constexpr std::size_t kFirstSlots = 4096;
  static constexpr std::size_t kRing = 16;

  static std::size_t hash(PyTypeObject* type) {
    return (reinterpret_cast<std::uintptr_t>(type) >> 4) * 0x9E3779B97F4A7C15ull >> 20;
  }

  Tally& slotOf(PyTypeObject* type) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = hash(type) & mask;
    while (slots_[i].type && slots_[i].type != type) i = (i + 1) & mask;
    return slots_[i];
  }

  Tally& find(PyTypeObject* type) {
    Tally* tally = &slotOf(type);
    if (!tally->type) {
      if (++used_ * 2 > slots_.size()) grow();
      tally = &slotOf(type);
      *tally = tallyOf(type);
    }
    last_ = tally;
    return *tally;
  }

  [[gnu::noinline]] void grow() {
    MappedArray<Tally> old = slots_;
    slots_ = MappedArray<Tally>(mappings_, old.size() * 4);
    slots_.resize(old.size() * 4);
    for (const Tally& tally : old) {
      if (tally.type) slotOf(tally.type) = tally;
    }
  }

  void later(PyDictObject* dict) {
    __builtin_prefetch(dict->ma_keys);
    PyDictObject*& waiting = ring_[next_++ % kRing];
    settle(waiting);
    waiting = dict;
  }
  void settle(PyDictObject*& dict) {
    if (!dict) return;
    slotOf(Py_TYPE(dict)).bytes += compat::dictBytes(dict, 0);
    dict = nullptr;
  }

  static std::string_view text(PyObject* string) {
    return string && PyUnicode_Check(string) ? compat::asciiView(string) : std::string_view();
  }

  static void name(const Tally& tally, const CountVisitor& visitor) {
    std::string_view name = tally.type->tp_name ? tally.type->tp_name : "?";
    std::string_view module = "builtins";
    if (const std::size_t dot = name.rfind('.'); dot != name.npos) {
      module = name.substr(0, dot);
      name = name.substr(dot + 1);
    }
    if (tally.type->tp_flags & Py_TPFLAGS_HEAPTYPE) {
      const std::string_view qualified =
          text(reinterpret_cast<PyHeapTypeObject*>(tally.type)->ht_qualname);
      const std::string_view own =
          text(compat::lookUp(compat::namespaceOf(tally.type), "__module__"));
      if (!qualified.empty()) name = qualified;
      if (!own.empty()) module = own;
    }
    visitor.type(visitor.context, module, name, tally.count,
                 tally.count * tally.each + tally.bytes);
  }

  Mappings& mappings_;
  MappedArray<Tally> slots_;
  std::size_t used_ = 0;
  Tally none_{};
  Tally* last_ = &none_;
  PyDictObject* ring_[kRing] = {};
  std::size_t next_ = 0;
};

// A list in the order of memory is a lucky case: mostly each step waits for memory, so two steps
// are under way at a time, one from each end.
void countList(Counter& counter, WaGcHead* head) {
  WaGcHead* left = compat::nextIn(head);
  WaGcHead* right = compat::previousIn(head);
  while (left != head) {
    WaGcHead* const following = compat::nextIn(left);
    counter.add(compat::objectBehind(left));
    if (left == right) break;
    WaGcHead* const preceding = compat::previousIn(right);
    counter.add(compat::objectBehind(right));
    if (following == right) break;
    left = following;
    right = preceding;
  }
}

void count(Mappings& mappings, const CountVisitor& visitor) {
  // Without a destructor to run, so it may be jumped over.
  auto* counter = new (mappings.map(sizeof(Counter))) Counter(mappings);
  WaGcHead* heads[compat::kMostLists];
  const int lists = compat::trackedLists(heads);
  for (int i = 0; i < lists; ++i) countList(*counter, heads[i]);
  if (lists == 0) {
    compat::visitTracked([](PyObject* o, void* self) { static_cast<Counter*>(self)->add(o); },
                         counter);
  }
  counter->report(visitor);
}

}  // namespace

bool countTypes(const CountVisitor& visitor) {
  Bailout bailout;
  Mappings mappings(bailout);
  const int failure = setjmp(bailout.top);
  if (failure == 0) count(mappings, visitor);
  mappings.unmapAll();
  return failure == 0;
}

}  // namespace whyalive::agent
