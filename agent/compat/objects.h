// How to read CPython's objects in memory, the same on every version: dicts, instance attributes,
// strings, integers, types, generators. The only place, with the rest of compat/, that names
// versions.
//
// Everything here only reads; no reference count changes and nothing can run Python code. Callers
// hold the GIL or work in a copy of the process in which nothing runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/compat/python.h"

extern "C" {
#include "agent/compat/layouts.h"
}

namespace whyalive::agent::compat {

inline constexpr std::size_t kGcHeadBytes = sizeof(WaGcHead);

// ---- reference counts ----

// 0 = immortal: the count says nothing.
inline std::uint64_t referenceCount(PyObject* o) {
#if PY_VERSION_HEX >= 0x030C0000
  if (_Py_IsImmortal(o)) return 0;
#endif
  const auto count = static_cast<std::uint64_t>(Py_REFCNT(o));
#if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030C0000
  if (count > 900'000'000) return 0;  // frozen into the interpreter, which starts at 999,999,999
#endif
  return count;
}

inline bool isCollected(PyObject* o, PyTypeObject* type) {
  return (type->tp_flags & Py_TPFLAGS_HAVE_GC) && (!type->tp_is_gc || type->tp_is_gc(o));
}
inline bool isTracked(PyObject* o) { return (reinterpret_cast<WaGcHead*>(o) - 1)->next != 0; }

// ---- dicts ----

inline WaDictKeys* keysOf(PyDictObject* dict) {
  return reinterpret_cast<WaDictKeys*>(dict->ma_keys);
}

inline bool isSplit(PyDictObject* dict) { return dict->ma_values != nullptr; }

inline std::size_t slotCount(const WaDictKeys* keys) {
#if PY_VERSION_HEX >= 0x030B0000
  return std::size_t{1} << keys->log2Size;
#else
  return static_cast<std::size_t>(keys->size);
#endif
}
inline std::size_t indexBytes(const WaDictKeys* keys) {
#if PY_VERSION_HEX >= 0x030B0000
  return std::size_t{1} << keys->log2IndexBytes;
#else
  const std::size_t n = slotCount(keys);
  return n * (n <= 0xFF ? 1 : n <= 0xFFFF ? 2 : n <= 0xFFFFFFFF ? 4 : 8);
#endif
}
inline bool hasUnicodeEntries([[maybe_unused]] const WaDictKeys* keys) {
#if PY_VERSION_HEX >= 0x030B0000
  return keys->kind != 0;
#else
  return false;
#endif
}
inline char* entriesOf(WaDictKeys* keys) {
  return reinterpret_cast<char*>(keys) + sizeof(WaDictKeys) + indexBytes(keys);
}
inline std::size_t usableEntries(const WaDictKeys* keys) { return (slotCount(keys) << 1) / 3; }
inline std::size_t bytesOf(const WaDictKeys* keys) {
  return sizeof(WaDictKeys) + indexBytes(keys) +
         usableEntries(keys) *
             (hasUnicodeEntries(keys) ? sizeof(WaDictUnicodeEntry) : sizeof(WaDictEntry));
}

inline PyObject** valuesOf(PyDictObject* dict) {
#if PY_VERSION_HEX >= 0x030D0000
  return reinterpret_cast<WaDictValues*>(dict->ma_values)->values;
#else
  return reinterpret_cast<PyObject**>(dict->ma_values);
#endif
}

inline PyObject* keyAt(WaDictKeys* keys, Py_ssize_t i) {
  return hasUnicodeEntries(keys) ? reinterpret_cast<WaDictUnicodeEntry*>(entriesOf(keys))[i].key
                                 : reinterpret_cast<WaDictEntry*>(entriesOf(keys))[i].key;
}

// fn(key, value) for every entry, in the order of the entries.
template <class Fn>
inline void forEachEntry(PyDictObject* dict, Fn fn) {
  WaDictKeys* keys = keysOf(dict);
  const Py_ssize_t count = keys->entryCount;
  if (isSplit(dict)) {
    PyObject** values = valuesOf(dict);
    for (Py_ssize_t i = 0; i < count; ++i) {
      if (values[i]) fn(keyAt(keys, i), values[i]);
    }
  } else if (hasUnicodeEntries(keys)) {
    auto* entries = reinterpret_cast<WaDictUnicodeEntry*>(entriesOf(keys));
    for (Py_ssize_t i = 0; i < count; ++i) {
      if (entries[i].value) fn(entries[i].key, entries[i].value);
    }
  } else {
    auto* entries = reinterpret_cast<WaDictEntry*>(entriesOf(keys));
    for (Py_ssize_t i = 0; i < count; ++i) {
      if (entries[i].value) fn(entries[i].key, entries[i].value);
    }
  }
}
inline std::size_t entryBound(PyDictObject* dict) {
  return static_cast<std::size_t>(keysOf(dict)->entryCount);
}

// The value under a string key, or nullptr. Compares characters; hashes nothing.
PyObject* lookUp(PyObject* dict, std::string_view key);

// sys.getsizeof of a dict without the collector's header.
std::size_t dictBytes(PyDictObject* dict, std::size_t basicSize);

// ---- instance attributes ----

struct Attributes {
  PyObject* dict = nullptr;     // a dict holds them …
  PyObject** values = nullptr;  // … or these, named by the entries of `keys`
  WaDictKeys* keys = nullptr;
};

inline bool hasManagedDict([[maybe_unused]] PyTypeObject* type) {
#ifdef Py_TPFLAGS_MANAGED_DICT
  return type->tp_flags & Py_TPFLAGS_MANAGED_DICT;
#else
  return false;
#endif
}

// Bytes before the object that its type's flags ask for, the collector's header among them.
std::size_t preHeaderBytes(PyTypeObject* type);

inline WaDictKeys* cachedKeys(PyTypeObject* type) {
  if (!(type->tp_flags & Py_TPFLAGS_HEAPTYPE)) return nullptr;
  return reinterpret_cast<WaDictKeys*>(reinterpret_cast<PyHeapTypeObject*>(type)->ht_cached_keys);
}

inline Attributes managedAttributes([[maybe_unused]] PyObject* o,
                                    [[maybe_unused]] PyTypeObject* type) {
  Attributes found;
#if PY_VERSION_HEX >= 0x030D0000
  found.dict = reinterpret_cast<PyObject**>(o)[WA_MANAGED_DICT_WORD];
  if (!found.dict && (type->tp_flags & Py_TPFLAGS_INLINE_VALUES)) {
    auto* values = reinterpret_cast<WaDictValues*>(reinterpret_cast<char*>(o) + type->tp_basicsize);
    if (values->valid) {
      found.values = values->values;
      found.keys = cachedKeys(type);
    }
  }
#elif PY_VERSION_HEX >= 0x030C0000
  const std::uintptr_t word = reinterpret_cast<std::uintptr_t*>(o)[WA_MANAGED_DICT_WORD];
  if (word & 1) {
    found.values = reinterpret_cast<PyObject**>(word + 1);
    found.keys = cachedKeys(type);
  } else {
    found.dict = reinterpret_cast<PyObject*>(word);
  }
#elif PY_VERSION_HEX >= 0x030B0000
  found.values = reinterpret_cast<PyObject***>(o)[WA_MANAGED_VALUES_WORD];
  if (found.values) {
    found.keys = cachedKeys(type);
  } else {
    found.dict = reinterpret_cast<PyObject**>(o)[WA_MANAGED_DICT_WORD];
  }
#endif
  return found;
}

// What to fetch early before reading the attributes of `o`; nullptr: nothing.
inline const void* managedWord([[maybe_unused]] PyObject* o, [[maybe_unused]] PyTypeObject* type) {
#if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030D0000
  if (!hasManagedDict(type)) return nullptr;
#if PY_VERSION_HEX >= 0x030C0000
  return reinterpret_cast<void**>(o)[WA_MANAGED_DICT_WORD];
#else
  return reinterpret_cast<void**>(o)[WA_MANAGED_VALUES_WORD];
#endif
#else
  return nullptr;
#endif
}

// A __dict__ at tp_dictoffset (negative: counted from the end of a variable-sized object).
PyObject* dictAtOffset(PyObject* o, PyTypeObject* type);

// An attribute of an instance by name, wherever the instance keeps it; nullptr when absent.
PyObject* instanceAttribute(PyObject* o, std::string_view name);

// ---- types ----

// The namespace of a type (3.12 keeps that of static builtin types with the interpreter). Borrowed.
PyObject* namespaceOf(PyTypeObject* type);
// The dict of weak references to subclasses. Borrowed; nullptr when there is none.
PyObject* subclassesOf(PyTypeObject* type);
// A class made by a class statement, or one that behaves the same in memory.
bool isPythonClass(PyTypeObject* type);
// Defines __del__ itself.
inline bool hasFinalizer(PyTypeObject* type) {
  return type->tp_finalize && (!type->tp_base || type->tp_base->tp_finalize != type->tp_finalize);
}
// Whether getsizeof counts the collector's header for an object that has none although its type
// says so: a static type.
inline std::uint64_t countedHeader([[maybe_unused]] PyObject* o, std::uint64_t header) {
#if PY_VERSION_HEX < 0x030B0000 || PY_VERSION_HEX >= 0x030D0000
  if (!isCollected(o, Py_TYPE(o))) return 0;
#endif
  return header;
}

// Extra bytes that type.__sizeof__ counts.
std::size_t typeBytes(PyTypeObject* type);

// ---- strings and integers ----

struct Characters {
  const void* data = nullptr;
  std::size_t length = 0;
  int bytesEach = 1;
  bool ascii = false;
};
Characters charactersOf(PyObject* string);
// UTF-8 of at most `limit` code points; surrogates keep their three-byte form. Returns bytes
// written; `out` has room for 4 × limit.
std::size_t encodeUtf8(const Characters& text, std::size_t limit, std::uint8_t* out);
// A string that is plain ASCII, without copying; empty otherwise.
std::string_view asciiView(PyObject* string);

std::size_t stringBytes(PyObject* string, PyTypeObject* type);
// What a bytearray has allocated; from 3.15 on that is a bytes object of its own.
inline std::size_t byteArrayBytes(PyByteArrayObject* array) {
  const auto bytes = static_cast<std::size_t>(array->ob_alloc);
#if PY_VERSION_HEX >= 0x030F0000
  if (bytes) return bytes + static_cast<std::size_t>(PyBytes_Type.tp_basicsize);
#endif
  return bytes;
}

struct IntegerValue {
  bool fits = false;  // into 62 bits with sign
  std::int64_t value = 0;
  std::uint64_t bits = 0;  // bit length otherwise
};
IntegerValue integerValue(PyObject* integer);
std::size_t integerBytes(PyObject* integer, PyTypeObject* type);

}  // namespace whyalive::agent::compat
