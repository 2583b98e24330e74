// The C types whose layout the walker knows: which field of the struct is called what.
//
// A row wins over PyMemberDefs and tp_traverse; with `Items::Traverse` the rest still comes from
// tp_traverse. Supporting another type is another row. Private types are found by their tp_name.
#pragma once

#include <span>
#include <string_view>

#include "agent/walk/type_plans.h"

namespace whyalive::agent {

struct NamedField {
  std::int32_t offset;
  snapshot::LabelKind kind;
  const char* name;  // nullptr: none
};

struct LayoutRow {
  PyTypeObject* type;  // either the type …
  const char* name;    // … or its tp_name
  Items items;
  std::span<const NamedField> fields;
  bool onlyFields;  // tp_members say nothing that the fields do not
};

// The row of a C type, or nullptr.
const LayoutRow* layoutRow(PyTypeObject* type);

// By the type whose __sizeof__ an instance's type inherits.
SizeRule sizeRuleOf(PyTypeObject* type);

}  // namespace whyalive::agent
