#include "agent/compat/objects.h"

#include "agent/compat/interpreter.h"

namespace whyalive::agent::compat {

PyObject* lookUp(PyObject* dict, std::string_view key) {
  PyObject* found = nullptr;
  if (!dict || !PyDict_Check(dict)) return nullptr;
  forEachEntry(reinterpret_cast<PyDictObject*>(dict), [&](PyObject* k, PyObject* value) {
    if (!found && PyUnicode_CheckExact(k) && asciiView(k) == key) found = value;
  });
  return found;
}

std::size_t dictBytes(PyDictObject* dict, std::size_t basicSize) {
  const WaDictKeys* keys = keysOf(dict);
  std::size_t bytes = basicSize;
#if PY_VERSION_HEX >= 0x030B0000
  const auto shared = static_cast<std::size_t>(keys->entryCount + keys->usable);
#else
  const std::size_t shared = usableEntries(keys);
#endif
  if (dict->ma_values) bytes += shared * sizeof(PyObject*);
  if (keys->refcount == 1) bytes += bytesOf(keys);
  return bytes;
}

std::size_t preHeaderBytes(PyTypeObject* type) {
  std::size_t bytes = (type->tp_flags & Py_TPFLAGS_HAVE_GC) ? kGcHeadBytes : 0;
#if PY_VERSION_HEX >= 0x030C0000
  if (type->tp_flags & (Py_TPFLAGS_MANAGED_DICT | Py_TPFLAGS_MANAGED_WEAKREF)) {
    bytes += 2 * sizeof(PyObject*);
  }
#elif PY_VERSION_HEX >= 0x030B0000
  if (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) bytes += 2 * sizeof(PyObject*);
#endif
  return bytes;
}

PyObject* dictAtOffset(PyObject* o, PyTypeObject* type) {
  Py_ssize_t offset = type->tp_dictoffset;
  if (offset == 0 || hasManagedDict(type)) return nullptr;
  if (offset < 0) {
    Py_ssize_t items = Py_SIZE(o);
#if PY_VERSION_HEX >= 0x030C0000
    if (type->tp_flags & Py_TPFLAGS_LONG_SUBCLASS) {
      items = static_cast<Py_ssize_t>(reinterpret_cast<PyLongObject*>(o)->long_value.lv_tag >> 3);
    }
#endif
    if (items < 0) items = -items;
    const auto size = static_cast<Py_ssize_t>(_PyObject_VAR_SIZE(type, items));
    offset += size;
  }
  return *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(o) + offset);
}

PyObject* instanceAttribute(PyObject* o, std::string_view name) {
  PyTypeObject* type = Py_TYPE(o);
  Attributes attributes;
  if (hasManagedDict(type)) {
    attributes = managedAttributes(o, type);
  } else {
    attributes.dict = dictAtOffset(o, type);
  }
  if (!attributes.values) return lookUp(attributes.dict, name);
  if (!attributes.keys) return nullptr;
  for (Py_ssize_t i = 0; i < attributes.keys->entryCount; ++i) {
    PyObject* key = keyAt(attributes.keys, i);
    if (key && asciiView(key) == name) return attributes.values[i];
  }
  return nullptr;
}

PyObject* namespaceOf(PyTypeObject* type) {
#if PY_VERSION_HEX >= 0x030C0000
  if (!type->tp_dict && !(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) {
    PyObject* dict = PyType_GetDict(type);
    if (dict) Py_DECREF(dict);  // the interpreter keeps its own
    return dict;
  }
#endif
  return type->tp_dict;
}

PyObject* subclassesOf(PyTypeObject* type) {
#if PY_VERSION_HEX >= 0x030C0000
  // Static builtin types hold an index here, not an object.
  if (reinterpret_cast<std::uintptr_t>(type->tp_subclasses) < 65536) {
    return subclassesOfStatic(type);
  }
#endif
  return static_cast<PyObject*>(type->tp_subclasses);
}

bool isPythonClass(PyTypeObject* type) {
  const ClassSlots& slots = classSlots();
  return (type->tp_flags & Py_TPFLAGS_HEAPTYPE) && type->tp_dealloc == slots.deallocate &&
         (!type->tp_traverse || type->tp_traverse == slots.traverse);
}

std::size_t typeBytes(PyTypeObject* type) {
  if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) return sizeof(PyTypeObject);
  std::size_t bytes = sizeof(PyHeapTypeObject);
  if (const WaDictKeys* keys = cachedKeys(type)) bytes += bytesOf(keys);
  return bytes;
}

Characters charactersOf(PyObject* string) {
  Characters text;
  auto* ascii = reinterpret_cast<PyASCIIObject*>(string);
  text.length = static_cast<std::size_t>(ascii->length);
  text.bytesEach = static_cast<int>(ascii->state.kind);
  text.ascii = ascii->state.ascii;
  if (!ascii->state.compact) {
    text.data = reinterpret_cast<PyUnicodeObject*>(string)->data.any;
  } else if (ascii->state.ascii) {
    text.data = ascii + 1;
  } else {
    text.data = reinterpret_cast<PyCompactUnicodeObject*>(string) + 1;
  }
  if (!text.data || text.bytesEach == 0) text = Characters{"", 0, 1, true};
  return text;
}

std::size_t encodeUtf8(const Characters& text, std::size_t limit, std::uint8_t* out) {
  const std::size_t count = text.length < limit ? text.length : limit;
  std::uint8_t* at = out;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t c = text.bytesEach == 1   ? static_cast<const Py_UCS1*>(text.data)[i]
                            : text.bytesEach == 2 ? static_cast<const Py_UCS2*>(text.data)[i]
                                                  : static_cast<const Py_UCS4*>(text.data)[i];
    const auto tail = [&](int shift) {
      return static_cast<std::uint8_t>(0x80 | ((c >> shift) & 0x3F));
    };
    if (c < 0x80) {
      *at++ = static_cast<std::uint8_t>(c);
    } else if (c < 0x800) {
      *at++ = static_cast<std::uint8_t>(0xC0 | (c >> 6));
      *at++ = tail(0);
    } else if (c < 0x10000) {
      *at++ = static_cast<std::uint8_t>(0xE0 | (c >> 12));
      *at++ = tail(6);
      *at++ = tail(0);
    } else {
      *at++ = static_cast<std::uint8_t>(0xF0 | (c >> 18));
      *at++ = tail(12);
      *at++ = tail(6);
      *at++ = tail(0);
    }
  }
  return static_cast<std::size_t>(at - out);
}

std::string_view asciiView(PyObject* string) {
  auto* ascii = reinterpret_cast<PyASCIIObject*>(string);
  if (!ascii->state.compact || !ascii->state.ascii) return {};
  return {reinterpret_cast<const char*>(ascii + 1), static_cast<std::size_t>(ascii->length)};
}

std::size_t stringBytes(PyObject* string, PyTypeObject* type) {
  auto* ascii = reinterpret_cast<PyASCIIObject*>(string);
  const auto length = static_cast<std::size_t>(ascii->length);
  const std::size_t charBytes = ascii->state.kind;
  const bool compactAscii = ascii->state.compact && ascii->state.ascii;
  std::size_t bytes;
  if (compactAscii) {
    bytes = sizeof(PyASCIIObject) + length + 1;
  } else if (ascii->state.compact) {
    bytes = sizeof(PyCompactUnicodeObject) + (length + 1) * charBytes;
  } else {
    bytes = sizeof(PyUnicodeObject);
    if (reinterpret_cast<PyUnicodeObject*>(string)->data.any) bytes += (length + 1) * charBytes;
  }
#if PY_VERSION_HEX < 0x030C0000
  if (!compactAscii) {
    auto* compact = reinterpret_cast<PyCompactUnicodeObject*>(string);
    if (compact->_base.wstr && compact->_base.wstr != charactersOf(string).data) {
      bytes += (static_cast<std::size_t>(compact->wstr_length) + 1) * sizeof(wchar_t);
    }
  } else if (ascii->wstr && ascii->wstr != charactersOf(string).data) {
    bytes += (length + 1) * sizeof(wchar_t);
  }
#endif
  if (!compactAscii) {
    auto* compact = reinterpret_cast<PyCompactUnicodeObject*>(string);
    if (compact->utf8 && compact->utf8 != charactersOf(string).data) {
      bytes += static_cast<std::size_t>(compact->utf8_length) + 1;
    }
  }
  (void)type;
  return bytes;
}

IntegerValue integerValue(PyObject* integer) {
  auto* number = reinterpret_cast<PyLongObject*>(integer);
  IntegerValue result;
#if PY_VERSION_HEX >= 0x030C0000
  const std::size_t digits = number->long_value.lv_tag >> 3;
  const bool negative = (number->long_value.lv_tag & 3) == 2;
  const digit* values = number->long_value.ob_digit;
#else
  const Py_ssize_t size = Py_SIZE(number);
  const auto digits = static_cast<std::size_t>(size < 0 ? -size : size);
  const bool negative = size < 0;
  const digit* values = number->ob_digit;
#endif
  if (digits == 0) return {true, 0, 0};
  digit top = values[digits - 1];
  result.bits = (digits - 1) * PyLong_SHIFT;
  for (; top; top >>= 1) ++result.bits;
  if (result.bits > 61) return result;
  std::uint64_t magnitude = 0;
  for (std::size_t i = digits; i-- > 0;) magnitude = magnitude << PyLong_SHIFT | values[i];
  result.fits = true;
  result.value =
      negative ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude);
  return result;
}

std::size_t integerBytes(PyObject* integer, PyTypeObject* type) {
  auto* number = reinterpret_cast<PyLongObject*>(integer);
#if PY_VERSION_HEX >= 0x030C0000
  std::size_t digits = number->long_value.lv_tag >> 3;
  constexpr std::size_t head = offsetof(PyLongObject, long_value.ob_digit);
#else
  const Py_ssize_t size = Py_SIZE(number);
  auto digits = static_cast<std::size_t>(size < 0 ? -size : size);
  constexpr std::size_t head = offsetof(PyLongObject, ob_digit);
#endif
  (void)type;
#if PY_VERSION_HEX >= 0x030B0000
  if (digits == 0) digits = 1;  // zero has one too
#endif
  return head + digits * sizeof(digit);
}

}  // namespace whyalive::agent::compat
