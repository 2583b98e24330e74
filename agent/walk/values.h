// The values a snapshot shows: short strings and bytes, integers, floats (SectionId::Values).
#pragma once

#include "agent/walk/type_plans.h"

namespace whyalive::agent {

// Appends the value of an object whose shape has this kind. Strings are cut to `textLimit` code
// points, bytes to as many bytes.
void writeValue(PyObject* o, snapshot::ValueKind kind, std::uint32_t textLimit, ByteColumn& out);

}  // namespace whyalive::agent
