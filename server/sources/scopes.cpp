#include "server/sources/scopes.h"

#include <algorithm>
#include <vector>

namespace whyalive::sources {
namespace {

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

const Parameter* parameterNamed(const FunctionFact& function, std::string_view name) {
  const auto found = std::ranges::find(function.parameters, name, &Parameter::name);
  return found == function.parameters.end() ? nullptr : &*found;
}

}  // namespace

const FunctionFact& functionAt(const FileIndex& index, int number) {
  return index.functions[static_cast<std::size_t>(number)];
}

Scope scopeOf(const FileIndex& index, std::string_view name, int function) {
  for (int at = function; at >= 0; at = functionAt(index, at).outer) {
    const FunctionFact& fact = functionAt(index, at);
    if (contains(fact.globals, name)) return {BoundAs::Global, -1};
    if (contains(fact.nonlocals, name)) continue;
    if (parameterNamed(fact, name) != nullptr) return {BoundAs::Parameter, at};
    if (std::ranges::find(fact.locals, name, &LocalBinding::name) != fact.locals.end()) {
      return {BoundAs::Local, at};
    }
  }
  return {};
}

bool isGlobal(const FileIndex& index, std::string_view name, int function) {
  const BoundAs as = scopeOf(index, name, function).as;
  return as == BoundAs::Nothing || as == BoundAs::Global;
}

}  // namespace whyalive::sources
