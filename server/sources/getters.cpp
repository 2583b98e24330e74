#include "server/sources/getters.h"

#include <algorithm>
#include <optional>

#include "server/sources/dynamic_names.h"
#include "server/sources/expressions.h"
#include "server/sources/scopes.h"

namespace whyalive::sources {
namespace {

bool sameButKeys(const Path& a, const Path& b) {
  return std::ranges::equal(a.accesses, b.accesses, [](const Access& x, const Access& y) {
    return x.kind == y.kind && (x.kind == AccessKind::Item || x.name == y.name);
  });
}

// What a return statement hands out, with a local name replaced by what it was bound to.
Path handedOut(const FunctionFact& function, const Value& result) {
  Path path = result.path;
  if (path.isName() && path.base != function.selfName) {
    for (const LocalBinding& local : function.locals) {
      if (local.name == path.base && local.value.kind == ValueKind::Path) return local.value.path;
    }
  }
  return path;
}

// What a function only hands out, by whichever return; nothing when `fits` refuses one of them.
template <class Fits>
std::optional<Path> onlyHandedOut(const FunctionFact& function, Fits fits) {
  std::optional<Path> getter;
  for (const Value& result : function.returns) {
    if (result.kind == ValueKind::NoneLiteral) continue;
    if (result.kind != ValueKind::Path) return std::nullopt;
    Path path = normalised(handedOut(function, result));
    if (path.isCall() || !fits(path)) return std::nullopt;
    if (getter && (getter->base != path.base || !sameButKeys(*getter, path))) return std::nullopt;
    getter = std::move(path);
  }
  return getter;
}

// What the call of a method gives that only hands out an attribute of its instance or an entry of
// it; nothing for other methods.
std::optional<Path> plainGetter(const FileIndex& index, int cls, std::string_view name,
                                const Access& call) {
  for (const FunctionFact& function : index.functions) {
    if (function.cls != cls || function.name != name || function.selfName.empty()) continue;
    std::optional<Path> handed = onlyHandedOut(function, [&](const Path& path) {
      return path.base == function.selfName && !path.accesses.empty();
    });
    if (handed) passArgument(*handed, function, call);
    return handed;
  }
  return std::nullopt;
}

bool isProperty(const FileIndex& index, int cls, std::string_view name) {
  return std::ranges::any_of(index.functions, [&](const FunctionFact& function) {
    return function.cls == cls && function.name == name &&
           std::ranges::any_of(function.decorators, [](const Decorator& one) {
             const std::string_view last =
                 one.path.accesses.empty() ? one.path.base : one.path.accesses.back().name;
             return last == "property" || last == "cached_property";
           });
  });
}

}  // namespace

Path normalised(const Path& path) {
  Path out{path.base, {}};
  for (std::size_t i = 0; i < path.accesses.size(); ++i) {
    const Access& access = path.accesses[i];
    const Access* next = i + 1 < path.accesses.size() ? &path.accesses[i + 1] : nullptr;
    if (access.kind == AccessKind::Attribute && next != nullptr) {
      if (readsAnEntry(access) && next->kind == AccessKind::Call) {
        out.accesses.push_back({AccessKind::Item, next->name});
        ++i;
        continue;
      }
      if (access.name == "__dict__" && next->kind == AccessKind::Item) {
        std::string_view name = next->name;
        const bool literal = name.size() > 2 && (name[0] == '"' || name[0] == '\'');
        const bool plain = literal && name.find_first_of("{%") == std::string_view::npos;
        name = plain ? name.substr(1, name.size() - 2) : (isDynamicName(name) ? name : kAnyName);
        out.accesses.push_back({AccessKind::Attribute, name});
        ++i;
        continue;
      }
    }
    out.accesses.push_back(access);
  }
  return out;
}

bool expandGetter(const FileIndex& index, Path& path, int cls) {
  if (cls < 0 || path.accesses.empty() || path.accesses[0].kind != AccessKind::Attribute) {
    return false;
  }
  const std::string_view name = path.accesses[0].name;
  const bool called = path.accesses.size() > 1 && path.accesses[1].kind == AccessKind::Call;
  if (!called && !isProperty(index, cls, name)) return false;
  const Access call = called ? path.accesses[1] : Access{AccessKind::Call, {}};
  const std::optional<Path> result = plainGetter(index, cls, name, call);
  if (!result) return false;
  Path expanded{path.base, result->accesses};
  expanded.accesses.insert(expanded.accesses.end(), path.accesses.begin() + (called ? 2 : 1),
                           path.accesses.end());
  if (expanded.accesses == path.accesses) return false;
  path = std::move(expanded);
  return true;
}

std::optional<Path> handedOutGlobal(const FileIndex& index, int number) {
  const FunctionFact& function = functionAt(index, number);
  if (function.cls >= 0 || function.outer >= 0) return std::nullopt;
  return onlyHandedOut(function, [&](const Path& handed) {
    return !handed.base.empty() && isGlobal(index, handed.base, number);
  });
}

std::optional<Path> handedOutDefault(const FileIndex& index, int number, std::string_view name) {
  const FunctionFact& function = functionAt(index, number);
  if (function.cls >= 0 || function.outer >= 0) return std::nullopt;
  return onlyHandedOut(function, [&](const Path& handed) { return handed.base == name; });
}

void passArgument(Path& handed, const FunctionFact& getter, const Access& call) {
  const std::size_t first = getter.selfName.empty() ? 0 : 1;
  if (call.name.empty() || getter.parameters.size() <= first) return;
  for (Access& one : handed.accesses) {
    const bool isParameter =
        one.kind == AccessKind::Item && one.name == getter.parameters[first].name;
    if (isParameter) one.name = call.name;
  }
}

bool expandFunctionGetter(const FileIndex& index, Path& path, PathPlace place) {
  if (path.accesses.empty() || path.accesses[0].kind != AccessKind::Call) return false;
  if (!isGlobal(index, path.base, place.function)) return false;
  const auto found = std::ranges::find_if(index.functions, [&](const FunctionFact& one) {
    return one.cls < 0 && one.outer < 0 && one.name == path.base;
  });
  if (found == index.functions.end()) return false;
  const int number = static_cast<int>(found - index.functions.begin());
  std::optional<Path> result = handedOutGlobal(index, number);
  if (!result || !isGlobal(index, result->base, place.function)) return false;
  passArgument(*result, *found, path.accesses[0]);
  result->accesses.insert(result->accesses.end(), path.accesses.begin() + 1, path.accesses.end());
  path = std::move(*result);
  return true;
}

}  // namespace whyalive::sources
