// Memory that an object keeps outside of itself and that its __sizeof__ leaves out: buffers of
// NumPy, mmap, ctypes, and what foreign types export. A buffer that several objects share carries
// one identity, so that it counts once; what Python objects own themselves (bytearray, array,
// bytes) is in their size. Supporting another type is another row in native_sizes.cpp.
#pragma once

#include <span>

#include "agent/walk/type_plans.h"

namespace whyalive::agent {

struct NativeMemory {
  std::uint64_t bytes = 0;     // 0: none
  std::uint64_t identity = 0;  // 0: this object's alone
};

NativeRule nativeRuleOf(PyTypeObject* type);

// `numpyMajor`: compat::numpyMajor(). An object found by the rule of its type only.
NativeMemory nativeMemory(PyObject* o, NativeRule rule, int numpyMajor);

// The references in a NumPy array of dtype object that owns its data; else empty.
std::span<PyObject* const> numpyItems(PyObject* array);

}  // namespace whyalive::agent
