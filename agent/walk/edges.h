// Writes down an object's references, in the order its shape gives them labels.
//
// Every strong reference appears once. A slot of the shape that is empty is written as 0. Only the
// keys that a split dict borrows from its class appear without a reference behind them.
#pragma once

#include "agent/walk/type_plans.h"

namespace whyalive::agent {

// How far ahead of its use an object is asked for, and then what it points at.
inline constexpr std::size_t kObjectAhead = 32;
inline constexpr std::size_t kBodyAhead = 12;

// Brings what `o` points at into the cache; its header should be there already.
inline void prefetchBody(PyObject* o) {
  PyTypeObject* type = Py_TYPE(o);
  if (type == &PyDict_Type) {
    __builtin_prefetch(reinterpret_cast<PyDictObject*>(o)->ma_keys);
  } else if (type == &PyList_Type) {
    __builtin_prefetch(reinterpret_cast<PyListObject*>(o)->ob_item);
  } else if (const void* values = compat::managedWord(o, type)) {
    __builtin_prefetch(values);
  }
}

// A frame met on the way, for the Frames section.
struct FoundFrame {
  PyObject* owner;  // generator, coroutine …; nullptr: a frame object of its own
  PyObject* frameObject;
};

class EdgeWriter {
 public:
  EdgeWriter(Mappings& mappings, TypePlans& plans)
      : plans_(&plans), edges_(mappings, 1 << 12), found_(mappings) {}

  // Appends the object's references; returns its shape.
  std::uint32_t write(PyObject* o, const TypePlan& plan);

  MappedArray<std::uintptr_t>& edges() { return edges_; }
  MappedArray<FoundFrame>& frames() { return found_; }
  // Whether one of the references from this one on leads to it.
  bool isTold(std::size_t from, PyObject* to) const;
  // The interpreter's own dict of interned strings, if met; written without its references.
  PyObject* internedStrings() const { return interned_; }

 private:
  void put(void* o) {
    *edges_.ensure(1) = reinterpret_cast<std::uintptr_t>(o);
    edges_.advance(1);
  }
  void putItems(PyObject* const* items, Py_ssize_t count);
  std::uint32_t writeHead(PyObject* o, const TypePlan& plan);
  void writeItems(PyObject* o, const TypePlan& plan, std::size_t start);
  void writeDict(PyDictObject* dict);
  void writeSet(PySetObject* set);
  void writeDeque(WaDeque* deque);
  void writeOrderedNodes(WaOrderedDict* dict);
  void writeLruLinks(WaLruCache* cache);
  void writeTraversed(PyObject* o, const TypePlan& plan, std::size_t start);
  void writePicklerMemo(PyObject* o, const TypePlan& plan, std::size_t start);
  void writeUnpicklerMemo(PyObject* o, const TypePlan& plan, std::size_t start);
  void writeType(PyTypeObject* type);
  std::uint32_t writeGenerator(PyObject* o, const TypePlan& plan);
  std::uint32_t writeFrameObject(PyObject* o, const TypePlan& plan);
  std::uint32_t writeFrame(PyObject* o, const TypePlan& plan, const compat::FrameField* own,
                           int ownCount, const compat::Frame* frame);
  std::uint32_t frameShape(PyObject* o, const TypePlan& plan, const compat::FrameField* own,
                           int ownCount, const compat::Frame* frame);

  TypePlans* plans_;
  MappedArray<std::uintptr_t> edges_;
  MappedArray<FoundFrame> found_;
  PyObject* interned_ = nullptr;
};

}  // namespace whyalive::agent
