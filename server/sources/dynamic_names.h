// Attribute names that only the run knows, as they stand in the index: the expression that makes
// the name ("\"_%s_records\" % level"), or "*" where nothing of it is written down.
#pragma once

#include <string_view>

#include "server/sources/python_syntax.h"

namespace whyalive::sources {

inline constexpr std::string_view kAnyName = "*";

// The name that an expression gives to getattr, setattr or __dict__: a literal's content, the
// expression itself where it holds text, else "*".
std::string_view attributeNameOf(SyntaxNode expression);

bool isDynamicName(std::string_view name);

// Whether the expression can make `wanted`: its literal parts must appear in it in this order.
bool mayName(std::string_view dynamic, std::string_view wanted);

// The characters of the name that the expression fixes; 0 = it may be any.
std::size_t fixedLetters(std::string_view dynamic);

}  // namespace whyalive::sources
