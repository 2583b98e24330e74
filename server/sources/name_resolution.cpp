#include "server/sources/name_resolution.h"

#include <algorithm>
#include <optional>

#include "server/sources/dynamic_names.h"
#include "server/sources/getters.h"
#include "server/sources/mutators.h"

namespace whyalive::sources {
namespace {

constexpr int kMaxHops = 6;  // aliases of aliases; more is a loop

// The last binding at or before `offset`, else the first one after it (a loop may come round).
const LocalBinding* bindingBefore(const std::vector<LocalBinding>& bindings, std::string_view name,
                                  std::uint32_t offset) {
  const LocalBinding* found = nullptr;
  for (const LocalBinding& binding : bindings) {
    if (binding.name != name) continue;
    if (found == nullptr || binding.offset < offset) found = &binding;
  }
  return found;
}

struct Base {
  Scope scope;
  int cls = -1;  // the class, when the base is its instance or itself
  bool isSelf = false;
  bool isClass = false;
};

// Whether a local stands for a fresh instance in __new__: self = super().__new__(cls).
bool madeInNew(const FunctionFact& function, const Value* value) {
  return function.name == "__new__" && value != nullptr && value->kind == ValueKind::Path &&
         value->path.accesses.size() >= 2 && value->path.isCall() &&
         value->path.accesses[value->path.accesses.size() - 2].name == "__new__";
}

Base baseOf(const FileIndex& index, const Path& path, PathPlace place) {
  Base base;
  base.scope = scopeOf(index, path.base, place.function);
  if (base.scope.function < 0) return base;
  const FunctionFact& owner = functionAt(index, base.scope.function);
  if (base.scope.as == BoundAs::Parameter) {
    base.isSelf = path.base == owner.selfName;
    base.isClass = path.base == owner.classNameParameter;
  } else if (owner.cls >= 0) {
    base.isSelf = madeInNew(owner, bindingOf(index, path.base, place));
  }
  if (base.isSelf || base.isClass) base.cls = owner.cls;
  return base;
}

}  // namespace

const Value* bindingOf(const FileIndex& index, std::string_view name, PathPlace place) {
  const Scope scope = scopeOf(index, name, place.function);
  if (scope.as == BoundAs::Local) {
    const std::uint32_t offset = scope.function == place.function ? place.offset : ~0u;
    const LocalBinding* found =
        bindingBefore(functionAt(index, scope.function).locals, name, offset);
    return found == nullptr ? nullptr : &found->value;
  }
  if (scope.as == BoundAs::Parameter) return nullptr;
  const LocalBinding* found =
      bindingBefore(index.globals, name, place.function < 0 ? place.offset : ~0u);
  return found == nullptr ? nullptr : &found->value;
}

namespace {

// parent.__children in a method of Node: a private name is one of its own class's, whatever it is
// asked of. The class; -1 for other paths.
int privateOwner(const FileIndex& index, const Path& path, PathPlace place) {
  if (path.accesses.empty() || path.accesses[0].kind != AccessKind::Attribute) return -1;
  const std::string_view name = path.accesses[0].name;
  if (!name.starts_with("__") || name.ends_with("__")) return -1;
  for (int at = place.function; at >= 0; at = functionAt(index, at).outer) {
    if (functionAt(index, at).cls >= 0) return functionAt(index, at).cls;
  }
  return -1;
}

}  // namespace

Path expandAliases(const FileIndex& index, Path path, PathPlace place) {
  for (int hop = 0; hop < kMaxHops; ++hop) {
    path = normalised(path);
    if (path.base.empty()) return path;
    const Base base = baseOf(index, path, place);
    if (base.isSelf || base.isClass) {
      if (!expandGetter(index, path, base.cls)) return path;
      continue;
    }
    if (expandGetter(index, path, privateOwner(index, path, place))) continue;
    if (base.scope.as != BoundAs::Local) {
      if (!expandFunctionGetter(index, path, place)) return path;
      continue;
    }
    const Value* value = bindingOf(index, path.base, place);
    // `x = self.a or default` and `x = a if c else b`: the first choice that is a path.
    if (value != nullptr && value->kind == ValueKind::Choice) {
      const auto named = std::ranges::find(value->elements, ValueKind::Path, &Value::kind);
      value = named == value->elements.end() ? nullptr : &*named;
    }
    if (value == nullptr || value->kind != ValueKind::Path || value->path.base.empty()) return path;
    if (value->path.isName() && value->path.base == path.base) return path;
    const Path end = normalised(value->path);
    if (end.isCall()) {
      // The result of an unknown call: a new object for all we know, unless it is a plain getter.
      const Base inner = baseOf(index, end, place);
      Path probe = end;
      const bool method = inner.isSelf && expandGetter(index, probe, inner.cls);
      if (!method && !expandFunctionGetter(index, probe, place)) return path;
    }
    Path expanded = end;
    expanded.accesses.insert(expanded.accesses.end(), path.accesses.begin(), path.accesses.end());
    const auto& locals = functionAt(index, base.scope.function).locals;
    const auto binding =
        std::ranges::find_if(locals, [&](const LocalBinding& one) { return &one.value == value; });
    if (binding != locals.end()) place.offset = binding->offset;
    place.function = base.scope.function;
    path = std::move(expanded);
  }
  return path;
}

Target resolve(const FileIndex& index, const Path& written, PathPlace place) {
  Target target;
  if (written.base.empty()) return target;
  if (place.cls >= 0 && written.isName()) {
    target.kind = TargetKind::Class;  // a name in a class body
    target.name = written.base;
    target.cls = place.cls;
    return target;
  }
  const Path path = expandAliases(index, written, place);
  std::size_t named = path.accesses.size();  // the last attribute
  for (std::size_t i = 0; i < path.accesses.size(); ++i) {
    if (path.accesses[i].kind == AccessKind::Attribute) named = i;
  }
  const std::size_t below = named == path.accesses.size() ? 0 : named + 1;
  for (std::size_t i = below; i < path.accesses.size(); ++i) {
    if (path.accesses[i].kind == AccessKind::Call) return target;
    target.keys.push_back(path.accesses[i].name);
  }
  // An alias may have led outwards; what the base is, is asked where the alias was bound.
  Base base = baseOf(index, path, place);
  if (named == path.accesses.size()) {
    target.name = path.base;
    target.function = base.scope.function;
    switch (base.scope.as) {
      case BoundAs::Parameter: target.kind = TargetKind::Parameter; break;
      case BoundAs::Local:
        target.kind =
            base.scope.function == place.function ? TargetKind::Local : TargetKind::Enclosed;
        break;
      default: target.kind = TargetKind::Global;
    }
    return target;
  }
  target.name = path.accesses[named].name;
  const bool throughClass = named == 1 && path.accesses[0].name == "__class__";
  if ((named == 0 || throughClass) && (base.isSelf || base.isClass)) {
    target.kind = base.isClass || throughClass ? TargetKind::Class : TargetKind::Self;
    target.cls = base.cls;
    return target;
  }
  target.kind = TargetKind::Other;
  Path receiver = path;
  receiver.accesses.resize(named);
  target.receiver = receiver.text();
  return target;
}

namespace {

// What is copied: `x` of x.copy(), dict(x), list(x), set(x); an empty path for anything else.
Path copiedBy(const Path& call) {
  Path path = call;
  if (!path.isCall() || path.accesses.size() < 2) return {};
  path.accesses.pop_back();
  if (path.accesses.back().name != "copy") return {};
  path.accesses.pop_back();
  return path;
}

// handlers = core.handlers.copy(); handlers[key] = handler; core.handlers = handlers
bool isLongerCopy(const FileIndex& index, const Use& use) {
  if (use.function < 0 || !use.value.path.isName()) return false;
  const PathPlace place{use.function, use.cls, use.range.begin};
  const Value* value = bindingOf(index, use.value.path.base, place);
  if (value == nullptr || value->kind != ValueKind::Path) return false;
  const Path copied = copiedBy(value->path);
  if (copied.base.empty()) return false;
  const Target from = resolve(index, copied, place);
  if (from.name != use.target.name || from.receiver != use.target.receiver) return false;
  return std::ranges::any_of(index.uses, [&](const Use& put) {
    return put.function == use.function && put.path.isName() &&
           put.path.base == use.value.path.base &&
           (put.kind == UseKind::Put || put.kind == UseKind::PutMany);
  });
}

std::size_t indentOf(std::string_view line) { return line.find_first_not_of(" \t"); }

// The block that `from` stands in ends before `to`.
bool blockEndsBetween(std::string_view text, std::uint32_t from, std::uint32_t to) {
  const std::size_t before = text.rfind('\n', from);
  std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const std::size_t indent = indentOf(text.substr(begin));
  while ((begin = text.find('\n', begin)) != std::string_view::npos && ++begin < to) {
    const std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
    const std::size_t own = indentOf(line);
    if (own != std::string_view::npos && own < indent && line[own] != '#') return true;
  }
  return false;
}

// What the called local name may stand for: its last binding before the call, and where that one
// stands in a branch, those before it.
std::vector<const Value*> aliasesOf(const FileIndex& index, std::string_view text,
                                    const Call& call) {
  const PathPlace place{call.function, call.cls, call.range.begin};
  const Value* last = bindingOf(index, call.callee.base, place);
  if (last == nullptr) return {};
  std::vector<const Value*> values{last};
  const auto& locals = functionAt(index, call.function).locals;
  const auto named = [&](const LocalBinding& one) { return one.name == call.callee.base; };
  auto at =
      std::ranges::find_if(locals, [&](const LocalBinding& one) { return &one.value == last; });
  while (at != locals.end() && at->offset < call.range.begin &&
         blockEndsBetween(text, at->offset, call.range.begin)) {
    const auto before = std::find_if(std::reverse_iterator(at), locals.rend(), named);
    if (before == locals.rend()) break;
    at = std::prev(before.base());
    values.push_back(&at->value);
  }
  return values;
}

// add = self.items.append … add(x)
std::optional<Use> aliasedMutation(const FileIndex& index, const Call& call, const Value& value) {
  if (value.kind != ValueKind::Path || value.path.accesses.empty()) return std::nullopt;
  const Access& last = value.path.accesses.back();
  if (last.kind != AccessKind::Attribute) return std::nullopt;
  const Mutator* method =
      last.name == kAnyName && call.arguments.size() == 1 ? &kNamedAtRun : mutatorMethod(last.name);
  if (method == nullptr) return std::nullopt;
  Use use;
  use.kind = method->kind;
  use.path = value.path;
  use.path.accesses.pop_back();
  use.target = resolve(index, use.path, {call.function, call.cls, call.range.begin});
  use.how = method->name;
  if (method->valueArgument >= 0 &&
      static_cast<std::size_t>(method->valueArgument) < call.arguments.size()) {
    use.value = call.arguments[static_cast<std::size_t>(method->valueArgument)].value;
  }
  use.range = call.range;
  use.name = {call.range.begin,
              call.range.begin + static_cast<std::uint32_t>(call.callee.base.size())};
  use.function = call.function;
  use.cls = call.cls;
  use.inLoop = call.inLoop;
  return use;
}

void addAliasedMutations(FileIndex& index, std::string_view text) {
  for (const Call& call : index.calls) {
    if (!call.callee.isName() || call.function < 0) continue;
    for (const Value* value : aliasesOf(index, text, call)) {
      if (auto use = aliasedMutation(index, call, *value)) index.uses.push_back(std::move(*use));
    }
  }
}

}  // namespace

void resolveUses(FileIndex& index, std::string_view text) {
  for (Use& use : index.uses) {
    use.target = resolve(index, use.path, {use.function, use.cls, use.range.begin});
  }
  for (Use& use : index.uses) {
    if (use.kind == UseKind::Define && isLongerCopy(index, use)) use.kind = UseKind::Rebuild;
  }
  std::erase_if(index.uses, [](const Use& use) {
    const bool local = use.target.kind == TargetKind::Local ||
                       use.target.kind == TargetKind::Parameter ||
                       use.target.kind == TargetKind::Unknown;
    return local && (use.kind == UseKind::Read || use.kind == UseKind::Measure);
  });
  addAliasedMutations(index, text);
}

}  // namespace whyalive::sources
