// What the walker knows of each type: where its instances keep references and how these are
// labelled, how large an instance is, what value it shows. One TypePlan per type object, made when
// the type is first seen and then followed for every instance.
//
// The order of an object's edges is fixed by its plan:
//
//   [type]  fields…  [__dict__ or inline attributes…]  items…
//    heap    slots,    labels of the shape               tail of the shape
//    types   C fields
//
// Types whose C layout is known have rows in the table of type_plans.cpp. Any other C type is read
// through its PyMemberDefs (labelled) and, for the rest, its tp_traverse (LabelKind::Native).
#pragma once

#include "agent/compat/interpreter.h"
#include "agent/compat/objects.h"
#include "agent/walk/interning.h"

namespace whyalive::agent {

// What follows the labelled head of an object.
enum class Items : std::uint8_t {
  None,
  Dict,
  List,
  Tuple,
  Set,
  Deque,
  OrderedDict,
  LruLinks,
  HamtBitmap,
  HamtCollision,
  HamtArray,
  NumpyArray,
  Traverse,         // what tp_traverse reports beyond the head
  TraverseIndexed,  // the same, numbered: struct sequences
  PicklerMemo,      // the same, and what the memo keeps where tp_traverse leaves it out
  UnpicklerMemo,
  Type,
  Code,
  Frame,
  Generator,
};

enum class SizeRule : std::uint8_t {
  Fixed,  // basic size and ob_size items, as object.__sizeof__
  Dict,
  List,
  Text,
  Integer,
  Set,
  ByteArray,
  Type,
  Code,
  Deque,
  OrderedDict,
  Generator,
  Frame,
  // library_sizes.cpp
  Array,
  BytesIo,
  Buffered,
  Struct,
  Element,
  Decimal,
  Product,
  Combinations,
  Permutations,
  Pickler,
  Unpickler,
  CtypesDict,
  CtypesType,
  SimpleQueue,
};

// Memory beyond the size: native_sizes.cpp.
enum class NativeRule : std::uint8_t {
  None,
  Mapping,
  StringIo,
  Ctypes,
  NumpyArray,
  ForeignBuffer,
};

struct TypePlan {
  PyTypeObject* type;
  PyTypeObject* base;  // first ancestor whose layout is not made by class statements (or itself)
  traverseproc traverse;
  std::uint32_t index;
  std::uint32_t firstField;
  std::uint32_t fieldCount;
  std::uint32_t shape;        // the ordinary one; kNoIndex: depends on the object
  std::uint32_t otherShape;   // Dict: split; managed attributes: held by a dict
  std::uint32_t inlineCount;  // inline attribute values that `shape` names
  std::uint32_t basicBytes;   // header and basic size
  std::uint32_t itemBytes;
  Items items;
  SizeRule sizeRule;
  NativeRule nativeRule;
  snapshot::ValueKind value;
  bool typeEdge;
  bool managedAttributes;
  bool dictAtOffset;
  bool plainDict;
  bool weakReference;
  bool leaf;    // refers to nothing
  bool listed;  // its instances are in a table of their own: code, weak references, native memory …
  bool opaque;  // of C code that may keep references nobody is told of: Pointers
};

inline constexpr std::uint32_t kNoName32 = 0xFFFFFFFFu;

// A reference at a fixed offset.
struct Field {
  std::int32_t offset;
  snapshot::LabelKind kind;
  std::uint32_t name;
};

class TypePlans {
 public:
  TypePlans(Mappings& mappings, NameTable& names, ShapeTable& shapes);

  TypePlan& of(PyTypeObject* type) {
    const std::size_t line = (reinterpret_cast<std::uintptr_t>(type) >> 4 ^
                              reinterpret_cast<std::uintptr_t>(type) >> 14) &
                             (kCacheLines - 1);
    const std::uint32_t cached = cache_[line];
    if (cached < plans_.size() && plans_[cached].type == type) return plans_[cached];
    return find(type, line);
  }

  std::size_t count() const { return plans_.size(); }
  TypePlan& at(std::size_t index) { return plans_[index]; }
  const Field* fieldsOf(const TypePlan& plan) const { return fields_.data() + plan.firstField; }

  // Labels of everything up to the items, for shapes that depend on the object.
  void addHeadLabels(const TypePlan& plan);
  std::uint32_t nameOf(PyObject* string);  // any str
  ShapeTable& shapes() { return *shapes_; }
  NameTable& names() { return *names_; }

 private:
  static constexpr std::size_t kCacheLines = 1024;

  TypePlan& find(PyTypeObject* type, std::size_t line);
  void make(TypePlan& plan);
  void addSlotsOf(PyTypeObject* type);
  void addMembersOf(PyTypeObject* type, std::uint32_t firstField);
  bool hasField(std::uint32_t firstField, std::int32_t offset) const;
  void addLayout(TypePlan& plan);
  void makeShapes(TypePlan& plan);
  void addFixedLabels(Items items);

  NameTable* names_;
  ShapeTable* shapes_;
  NumberIndex index_;
  MappedArray<TypePlan> plans_;
  MappedArray<Field> fields_;
  MappedArray<std::uint8_t> scratch_;
  std::uint32_t cache_[kCacheLines] = {};
};

}  // namespace whyalive::agent
