// Code objects on every version (see interpreter.h).
#include "agent/compat/interpreter.h"

namespace whyalive::agent::compat {

#if PY_VERSION_HEX >= 0x030B0000

PyObject* variableName(PyCodeObject* code, int i) {
  return PyTuple_GET_ITEM(code->co_localsplusnames, i);
}
int variableCount(PyCodeObject* code) { return code->co_nlocalsplus; }
PyObject* qualifiedName(PyCodeObject* code) { return code->co_qualname; }

#else

PyObject* variableName(PyCodeObject* code, int i) {
  for (PyObject* names : {code->co_varnames, code->co_cellvars, code->co_freevars}) {
    const auto count = static_cast<int>(PyTuple_GET_SIZE(names));
    if (i < count) return PyTuple_GET_ITEM(names, i);
    i -= count;
  }
  return nullptr;
}
int variableCount(PyCodeObject* code) {
  return code->co_nlocals + static_cast<int>(PyTuple_GET_SIZE(code->co_cellvars)) +
         static_cast<int>(PyTuple_GET_SIZE(code->co_freevars));
}
PyObject* qualifiedName(PyCodeObject* code) { return code->co_name; }

#endif

std::size_t frameSlotBytes(PyCodeObject* code) {
  return static_cast<std::size_t>(variableCount(code) + code->co_stacksize) * sizeof(PyObject*);
}

namespace {

struct CodeField {
  const char* name;
  std::size_t offset;
};
constexpr CodeField kCodeFields[] = {
    {"co_consts", offsetof(PyCodeObject, co_consts)},
    {"co_names", offsetof(PyCodeObject, co_names)},
    {"co_filename", offsetof(PyCodeObject, co_filename)},
    {"co_name", offsetof(PyCodeObject, co_name)},
    {"co_linetable", offsetof(PyCodeObject, co_linetable)},
#if PY_VERSION_HEX >= 0x030B0000
    {"co_qualname", offsetof(PyCodeObject, co_qualname)},
    {"co_exceptiontable", offsetof(PyCodeObject, co_exceptiontable)},
    {"co_localsplusnames", offsetof(PyCodeObject, co_localsplusnames)},
    {"co_localspluskinds", offsetof(PyCodeObject, co_localspluskinds)},
#else
    {"co_code", offsetof(PyCodeObject, co_code)},
    {"co_varnames", offsetof(PyCodeObject, co_varnames)},
    {"co_freevars", offsetof(PyCodeObject, co_freevars)},
    {"co_cellvars", offsetof(PyCodeObject, co_cellvars)},
#endif
#if PY_VERSION_HEX >= 0x030B0000 && PY_VERSION_HEX < 0x030C0000
    {"_co_code", offsetof(PyCodeObject, _co_code)},
#endif
};

}  // namespace

int codeFieldNames(FrameField fields[16]) {
  FieldList list{fields};
  for (const CodeField& field : kCodeFields) list.add(field.name, nullptr);
#if PY_VERSION_HEX >= 0x030C0000
  for (int i = 0; i < 4; ++i) list.add("cached", nullptr);
#endif
  return list.count;
}

int codeFields(PyCodeObject* code, FrameField fields[16]) {
  FieldList list{fields};
  for (const CodeField& field : kCodeFields) {
    list.add(field.name,
             *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(code) + field.offset));
  }
#if PY_VERSION_HEX >= 0x030C0000
  auto* cached = reinterpret_cast<PyObject**>(code->_co_cached);  // code, varnames, cellvars …
  for (int i = 0; i < 4; ++i) list.add("cached", cached ? cached[i] : nullptr);
#endif
  return list.count;
}

std::size_t codeBytes(PyCodeObject* code) {
  std::size_t bytes = static_cast<std::size_t>(PyCode_Type.tp_basicsize);
  struct CodeExtra {
    Py_ssize_t size;
    void* values[1];
  };
  auto* extra = static_cast<CodeExtra*>(code->co_extra);
  if (extra) {
    bytes += sizeof(CodeExtra) +
             static_cast<std::size_t>(extra->size > 1 ? extra->size - 1 : 0) * sizeof(void*);
  }
#if PY_VERSION_HEX >= 0x030B0000
  bytes +=
      static_cast<std::size_t>(Py_SIZE(code)) * static_cast<std::size_t>(PyCode_Type.tp_itemsize);
  bytes = (bytes + sizeof(void*) - 1) / sizeof(void*) * sizeof(void*);
#else
  if (code->co_cell2arg) {
    bytes += static_cast<std::size_t>(PyTuple_GET_SIZE(code->co_cellvars)) * sizeof(Py_ssize_t);
  }
  if (code->co_opcache_map) {
    bytes += static_cast<std::size_t>(PyBytes_GET_SIZE(code->co_code)) / 2;
    bytes += code->co_opcache_size * 4 * sizeof(void*);
  }
#endif
  return bytes;
}

}  // namespace whyalive::agent::compat
