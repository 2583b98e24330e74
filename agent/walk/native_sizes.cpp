#include "agent/walk/native_sizes.h"

#include "agent/walk/layout_rows.h"

extern "C" {
#include "agent/compat/library_layouts.h"
}

namespace whyalive::agent {
namespace {

struct NativeRow {
  const char* name;  // tp_name of the type or of an ancestor
  NativeRule rule;
};
constexpr NativeRow kRows[] = {
    {"mmap.mmap", NativeRule::Mapping},           {"_io.StringIO", NativeRule::StringIo},
    {"_ctypes._CData", NativeRule::Ctypes},       {"numpy.ndarray", NativeRule::NumpyArray},
    {"managedbuffer", NativeRule::ForeignBuffer},
};

NativeRule ruleNamed(std::string_view name) {
  for (const NativeRow& row : kRows) {
    if (name == row.name) return row.rule;
  }
  return NativeRule::None;
}

std::uint64_t identityOf(const void* data) { return reinterpret_cast<std::uintptr_t>(data); }

// Whether the memory that `o` exports is counted where it lies: in its own size, or by another row.
bool isCounted(PyObject* o) {
  if (PyBytes_Check(o) || PyByteArray_Check(o) || PyMemoryView_Check(o)) return true;
  if (nativeRuleOf(Py_TYPE(o)) != NativeRule::None) return true;
  const SizeRule size = sizeRuleOf(Py_TYPE(o));
  return size == SizeRule::Array || size == SizeRule::BytesIo;
}

// A product of dimensions that cannot be true is none.
constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 46;

std::uint64_t itemCount(const WaNumpyArray* array) {
  if (array->dimensions < 0 || array->dimensions > 64) return 0;
  std::uint64_t count = 1;
  for (int i = 0; i < array->dimensions; ++i) {
    const Py_ssize_t n = array->shape[i];
    if (n <= 0 || static_cast<std::uint64_t>(n) > kMostBytes / count) return 0;
    count *= static_cast<std::uint64_t>(n);
  }
  return count;
}

std::uint64_t itemBytes(const WaNumpyArray* array, int numpyMajor) {
  const auto* dtype = reinterpret_cast<const WaNumpyType*>(array->dtype);
  if (!dtype || numpyMajor < 1) return 0;
  const Py_ssize_t bytes = numpyMajor == 1 ? dtype->one.itemSize : dtype->two.itemSize;
  return bytes > 0 ? static_cast<std::uint64_t>(bytes) : 0;
}

// A view counts nothing: its base does. Data that nobody known owns (a capsule of an extension
// module) counts at whoever looks at it, under one identity.
NativeMemory numpyMemory(PyObject* o, int numpyMajor) {
  const auto* array = reinterpret_cast<const WaNumpyArray*>(o);
  const bool owns = array->flags & WA_NUMPY_OWNS_DATA;
  if (!array->data || (!owns && (!array->base || isCounted(array->base)))) return {};
  const std::uint64_t count = itemCount(array), each = itemBytes(array, numpyMajor);
  if (count == 0 || each > kMostBytes / count) return {};
  return {count * each, owns ? 0 : identityOf(array->data)};
}

NativeMemory ctypesMemory(PyObject* o) {
  const auto* object = reinterpret_cast<const WaCtypesObject*>(o);
  const bool inside = object->data >= reinterpret_cast<const char*>(o) &&
                      object->data < reinterpret_cast<const char*>(o) + Py_TYPE(o)->tp_basicsize;
  if (!object->owned || !object->data || inside || object->size <= 0) return {};
  return {static_cast<std::uint64_t>(object->size), 0};
}

// What was written and nobody has read is in a text with room at its end (before 3.12 in lists,
// which are objects of their own).
std::uint64_t gatheredBytes([[maybe_unused]] const WaStringIo* stream) {
#if PY_VERSION_HEX >= 0x030C0000
  if (stream->state != WA_STRING_IO_GATHERS) return 0;
  const auto* whole = reinterpret_cast<const WaStringIoText*>(stream);
#if PY_VERSION_HEX >= 0x030E0000
  const WaTextWriter* writer = whole->writer;
#else
  const WaTextWriter* writer = &whole->writer;
#endif
  const bool sound = writer && writer->text && writer->size > 0 &&
                     (writer->kind == 1 || writer->kind == 2 || writer->kind == 4);
  if (sound) return static_cast<std::uint64_t>(writer->size) * static_cast<unsigned>(writer->kind);
#endif
  return 0;
}

// What a type that nobody here knows lets memoryviews look at.
NativeMemory foreignMemory(PyObject* o) {
  const Py_buffer& buffer = reinterpret_cast<const _PyManagedBufferObject*>(o)->master;
  if (!buffer.obj || !buffer.buf || buffer.len <= 0 || isCounted(buffer.obj)) return {};
  const auto* exporter = reinterpret_cast<const char*>(buffer.obj);
  const auto* data = static_cast<const char*>(buffer.buf);
  if (data >= exporter && data < exporter + Py_TYPE(buffer.obj)->tp_basicsize) return {};
  return {static_cast<std::uint64_t>(buffer.len), identityOf(data)};
}

}  // namespace

NativeRule nativeRuleOf(PyTypeObject* type) {
  for (; type && type != &PyBaseObject_Type; type = type->tp_base) {
    const NativeRule rule = ruleNamed(type->tp_name);
    if (rule != NativeRule::None) return rule;
  }
  return NativeRule::None;
}

NativeMemory nativeMemory(PyObject* o, NativeRule rule, int numpyMajor) {
  switch (rule) {
    case NativeRule::None: return {};
    case NativeRule::Mapping: {
      const auto* mapping = reinterpret_cast<const WaMapping*>(o);
      if (!mapping->data || mapping->size <= 0) return {};
      return {static_cast<std::uint64_t>(mapping->size), 0};
    }
    case NativeRule::StringIo: {
      const auto* text = reinterpret_cast<const WaStringIo*>(o);
      if (!text->buffer) return {};
      return {text->bufferSize * sizeof(Py_UCS4) + gatheredBytes(text), 0};
    }
    case NativeRule::Ctypes: return ctypesMemory(o);
    case NativeRule::NumpyArray: return numpyMemory(o, numpyMajor);
    case NativeRule::ForeignBuffer: return foreignMemory(o);
  }
  return {};
}

std::span<PyObject* const> numpyItems(PyObject* o) {
  const auto* array = reinterpret_cast<const WaNumpyArray*>(o);
  const auto* dtype = reinterpret_cast<const WaNumpyType*>(array->dtype);
  if (!array->data || !dtype || dtype->number != WA_NUMPY_OBJECTS) return {};
  if ((array->flags & WA_NUMPY_OWNS_DATA) == 0) return {};
  // As they lie in memory; in Fortran order that is another order than the array's own.
  return {reinterpret_cast<PyObject* const*>(array->data), itemCount(array)};
}

}  // namespace whyalive::agent
