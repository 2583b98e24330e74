// Thread-locals and context variables keep their values in dicts of the interpreter's own, and some
// classes their attributes in one of theirs; the statements that fill them speak of an attribute
// and of a variable.
#include <algorithm>
#include <cctype>

#include "server/sources/candidate.h"

namespace whyalive::sources {
namespace {

using heap::OwnerKind;
using heap::StepKind;

int containersAfter(const heap::Holder& holder, std::size_t at) {
  int depth = 0;
  for (std::size_t i = at + 1; i < holder.steps.size(); ++i) {
    const StepKind kind = holder.steps[i].kind;
    depth += kind == StepKind::Key || kind == StepKind::Index || kind == StepKind::Member ? 1 : 0;
  }
  return depth;
}

// state.cache, where state is a threading.local: a type of C without a class statement.
void addThreadLocal(std::vector<Wanted>& found, const heap::Holder& holder, const Search& search) {
  std::string module;
  std::string receiver;
  for (std::size_t i = 0; i < holder.steps.size(); ++i) {
    const heap::Step& step = holder.steps[i];
    if (step.kind == StepKind::Module) module = step.name;
    if (step.kind == StepKind::ThreadLocal && !receiver.empty()) {
      Wanted wanted;
      wanted.owner = OwnerKind::Attribute;
      wanted.name = step.name;
      wanted.receiver = receiver;
      wanted.file = search.modules.fileOf(module);
      wanted.type = holder.type;
      wanted.depth = containersAfter(holder, i);
      found.push_back(std::move(wanted));
      return;
    }
    receiver = step.name;
  }
}

// The path has the name the variable was given, not the global it is bound to: all that the
// program's modules make are asked.
void addContextVariables(std::vector<Wanted>& found, const heap::Holder& holder,
                         const Search& search) {
  const auto step = std::ranges::find(holder.steps, StepKind::ContextVar, &heap::Step::kind);
  if (step == holder.steps.end()) return;
  const int depth = containersAfter(holder, static_cast<std::size_t>(step - holder.steps.begin()));
  search.eachFileWith("ContextVar", [&](const SharedFile& file) {
    if (ModuleMap::isStandardLibrary(file->path())) return false;
    for (const LocalBinding& global : file->index().globals) {
      const Path& path = global.value.path;
      if (global.value.kind != ValueKind::Path || !path.isCall()) continue;
      const std::size_t size = path.accesses.size();
      const std::string_view made = size == 1 ? path.base : path.accesses[size - 2].name;
      if (made != "ContextVar") continue;
      Wanted wanted;
      wanted.owner = OwnerKind::Global;
      wanted.name = std::string(global.name);
      wanted.file = file->path();
      wanted.type = holder.type;
      wanted.depth = depth + 1;  // variable.get() is one level
      found.push_back(std::move(wanted));
    }
    return true;
  });
}

bool hasGetattr(const std::string& type, const Search& search) {
  const auto [module, qualname] = search.modules.splitTypeName(type);
  const std::string& path = search.modules.fileOf(module);
  const SharedFile file = path.empty() ? nullptr : search.index.file(path);
  if (!file) return false;
  const FileIndex& index = file->index();
  return std::ranges::any_of(index.functions, [&](const FunctionFact& one) {
    return one.name == "__getattr__" && one.cls >= 0 &&
           index.classes[static_cast<std::size_t>(one.cls)].qualname == qualname;
  });
}

// The name in 'seen' as a statement would write it as an attribute; "" for other keys.
std::string attributeOf(const std::string& key) {
  const std::string written = literalKey(key);
  if (!written.starts_with('\'')) return {};
  const std::string name = written.substr(1, written.size() - 2);
  const auto fits = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  return std::ranges::all_of(name, fits) ? name : std::string{};
}

// app.state.seen, which the class of `state` keeps under app.state._state['seen'], or as an entry
// of itself: __getattr__ makes keys attributes.
void addKeyedAttribute(std::vector<Wanted>& found, const heap::Holder& holder,
                       const Search& search) {
  const std::vector<heap::Step>& steps = holder.steps;
  for (std::size_t i = 2; i < steps.size(); ++i) {
    const std::string name = steps[i].kind == StepKind::Key ? attributeOf(steps[i].name) : "";
    if (name.empty()) continue;
    const bool inside = steps[i - 1].type == "dict";
    const std::size_t owner = i - (inside ? 2 : 1);
    if (!hasGetattr(steps[owner].type, search)) continue;
    Wanted wanted;
    wanted.owner = OwnerKind::Attribute;
    wanted.name = name;
    wanted.receiver = steps[owner].name;
    wanted.anywhere = true;
    wanted.type = holder.type;
    wanted.depth = containersAfter(holder, i);
    found.push_back(std::move(wanted));
  }
}

// wrapper.calls: an attribute of a function, filled under whatever name the function has there.
void addFunctionAttribute(std::vector<Wanted>& found, const heap::Holder& holder,
                          const Search& search) {
  for (std::size_t i = 1; i < holder.steps.size(); ++i) {
    const heap::Step& step = holder.steps[i];
    if (step.kind != StepKind::Attribute || holder.steps[i - 1].type != "function") continue;
    Wanted wanted;
    wanted.owner = OwnerKind::Attribute;
    wanted.name = step.name;
    wanted.receiver = kAnyFunction;
    wanted.file = search.modules.fileOf(holder.module);
    wanted.type = holder.type;
    wanted.depth = containersAfter(holder, i);
    found.push_back(std::move(wanted));
    return;
  }
}

}  // namespace

std::vector<Wanted> hiddenWanted(const heap::Holder& holder, const Search& search) {
  std::vector<Wanted> found;
  addThreadLocal(found, holder, search);
  addContextVariables(found, holder, search);
  addFunctionAttribute(found, holder, search);
  addKeyedAttribute(found, holder, search);
  return found;
}

}  // namespace whyalive::sources
