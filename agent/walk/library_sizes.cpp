// What the __sizeof__ of the standard library's C types adds to the basic size.
#include "agent/walk/sizes.h"

extern "C" {
#include "agent/compat/library_layouts.h"
}

namespace whyalive::agent {
namespace {

std::uint64_t times(Py_ssize_t count, std::size_t bytes) {
  return static_cast<std::uint64_t>(count) * bytes;
}
std::uint64_t textBytes(const char* text) { return text ? std::strlen(text) + 1 : 0; }

std::uint64_t structBytes(PyObject* o) {
  std::uint64_t bytes = sizeof(WaStructCode);
  const WaStructCode* code = reinterpret_cast<WaStruct*>(o)->codes;
  for (; code && code->definition; ++code) bytes += sizeof(WaStructCode);
  return bytes;
}

std::uint64_t elementBytes(PyObject* o) {
  const WaElementExtra* extra = reinterpret_cast<WaElement*>(o)->extra;
  if (!extra) return 0;
  const bool many = extra->children != extra->fewChildren;
  return sizeof *extra +
         (many ? static_cast<std::uint64_t>(extra->allocated) * sizeof(PyObject*) : 0);
}

// The bytes object it writes into is its own as long as nobody else has seen it.
std::uint64_t bytesIoBytes(PyObject* o) {
  PyObject* buffer = reinterpret_cast<WaBytesIo*>(o)->buffer;
  if (!buffer || Py_REFCNT(buffer) > 1) return 0;
  return static_cast<std::uint64_t>(PyBytes_Type.tp_basicsize + Py_SIZE(buffer));
}

std::uint64_t bufferedBytes(PyObject* o) {
  auto* buffered = reinterpret_cast<WaBuffered*>(o);
  return buffered->buffer ? static_cast<std::uint64_t>(buffered->bufferSize) : 0;
}

std::uint64_t arrayBytes(PyObject* o) {
  auto* array = reinterpret_cast<WaArray*>(o);
  return times(array->allocated, static_cast<std::size_t>(array->kind->itemSize));
}

std::uint64_t decimalBytes(PyObject* o) {
  auto* decimal = reinterpret_cast<WaDecimal*>(o);
  if (decimal->flags & WA_DECIMAL_BORROWED_DATA) return 0;
  return times(decimal->allocated, sizeof(std::uint64_t));
}

std::uint64_t permutationsBytes(PyObject* o) {
  auto* permutations = reinterpret_cast<WaPermutations*>(o);
  return times(PyTuple_GET_SIZE(permutations->pool) + permutations->length, sizeof(Py_ssize_t));
}

// The last part of the struct of plan.base.
template <class End>
const End& endOf(PyObject* o, const TypePlan& plan) {
  return *reinterpret_cast<End*>(reinterpret_cast<char*>(o) + plan.base->tp_basicsize -
                                 sizeof(End));
}

std::uint64_t picklerBytes(PyObject* o, const TypePlan& plan) {
  const WaMemo* memo = reinterpret_cast<WaPickler*>(o)->memo;
  PyObject* output = endOf<WaPicklerEnd>(o, plan).output;
  return (memo ? sizeof *memo + memo->allocated * sizeof(WaMemoEntry) : 0) +
         (output ? static_cast<std::uint64_t>(PyBytes_Type.tp_basicsize + Py_SIZE(output)) : 0);
}

// The line it is reading is between the parts that are known; it has one only while it reads.
std::uint64_t unpicklerBytes(PyObject* o, const TypePlan& plan) {
  auto* unpickler = reinterpret_cast<WaUnpickler*>(o);
  const auto& end = endOf<WaUnpicklerEnd>(o, plan);
  return (unpickler->memo ? unpickler->memoSize * sizeof(PyObject*) : 0) +
         (end.marks ? times(end.marksSize, sizeof(Py_ssize_t)) : 0) + textBytes(end.encoding) +
         textBytes(end.errors);
}

std::uint64_t ctypesBytes(const WaCtypesInfo* info) {
  return textBytes(info->format) + times(info->dimensions, sizeof(Py_ssize_t)) +
         (info->ffiType.elements ? times(info->length + 1, sizeof(void*)) : 0);
}

std::uint64_t ctypesDictBytes(PyObject* o, const TypePlan& plan) {
  const auto basic = static_cast<std::uint64_t>(plan.type->tp_basicsize);
  return compat::dictBytes(reinterpret_cast<PyDictObject*>(o), basic) - basic +
         sizeof(WaCtypesInfo) - sizeof(PyDictObject) +
         ctypesBytes(reinterpret_cast<WaCtypesInfo*>(o));
}

std::uint64_t ctypesTypeBytes([[maybe_unused]] PyObject* o) {
#if PY_VERSION_HEX >= 0x030D0000
  constexpr std::size_t alignment = alignof(std::max_align_t);
  const auto base = static_cast<std::size_t>(PyType_Type.tp_basicsize);
  auto* info = reinterpret_cast<WaCtypesInfo*>(reinterpret_cast<char*>(o) +
                                               (base + alignment - 1) / alignment * alignment);
  return info->initialised ? ctypesBytes(info) : 0;
#else
  return 0;
#endif
}

}  // namespace

std::uint64_t libraryBytes(PyObject* o, const TypePlan& plan) {
  switch (plan.sizeRule) {
    case SizeRule::Array: return arrayBytes(o);
    case SizeRule::BytesIo: return bytesIoBytes(o);
    case SizeRule::Buffered: return bufferedBytes(o);
    case SizeRule::Struct: return structBytes(o);
    case SizeRule::Element: return elementBytes(o);
    case SizeRule::Decimal: return decimalBytes(o);
    case SizeRule::Product:
      return times(PyTuple_GET_SIZE(reinterpret_cast<WaProduct*>(o)->pools), sizeof(Py_ssize_t));
    case SizeRule::Combinations:
      return times(reinterpret_cast<WaCombinations*>(o)->length, sizeof(Py_ssize_t));
    case SizeRule::Permutations: return permutationsBytes(o);
    case SizeRule::Pickler: return picklerBytes(o, plan);
    case SizeRule::Unpickler: return unpicklerBytes(o, plan);
    case SizeRule::CtypesDict: return ctypesDictBytes(o, plan);
    case SizeRule::CtypesType: return ctypesTypeBytes(o);
    case SizeRule::SimpleQueue:
      return times(reinterpret_cast<WaSimpleQueue*>(o)->capacity, sizeof(PyObject*));
    default: return 0;
  }
}

}  // namespace whyalive::agent
