// sys.getsizeof without calling anything: the size of an object as its type's C-level __sizeof__
// counts it, with the collector's header. Bytes that a type keeps elsewhere and __sizeof__ leaves
// out are not here (SectionId::NativeSizes).
#pragma once

#include "agent/walk/type_plans.h"

namespace whyalive::agent {

std::uint64_t sizeByRule(PyObject* o, const TypePlan& plan);

inline std::uint64_t sizeOf(PyObject* o, const TypePlan& plan) {
  if (plan.sizeRule == SizeRule::Fixed && plan.itemBytes == 0) return plan.basicBytes;
  return sizeByRule(o, plan);
}

// The part of it that is peculiar to a type of the standard library (library_sizes.cpp).
std::uint64_t libraryBytes(PyObject* o, const TypePlan& plan);

}  // namespace whyalive::agent
