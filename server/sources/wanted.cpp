#include <algorithm>
#include <cctype>

#include "server/sources/candidate.h"

namespace whyalive::sources {
namespace {

using heap::OwnerKind;
using heap::StepKind;

bool isNamed(StepKind kind) {
  return kind == StepKind::Global || kind == StepKind::Attribute || kind == StepKind::Slot ||
         kind == StepKind::ClassAttribute || kind == StepKind::Closure || kind == StepKind::Local ||
         kind == StepKind::ThreadLocal;
}

// The last step that bears the holder's name; -1 when the steps do not tell.
int namedStep(const heap::Holder& holder) {
  for (int i = static_cast<int>(holder.steps.size()) - 1; i >= 0; --i) {
    const heap::Step& step = holder.steps[static_cast<std::size_t>(i)];
    if (isNamed(step.kind) && step.name == holder.name) return i;
  }
  return -1;
}

// Containers between the step and the next named one.
int containersAfter(const heap::Holder& holder, int at) {
  int depth = 0;
  for (auto i = static_cast<std::size_t>(at) + 1; i < holder.steps.size(); ++i) {
    const StepKind kind = holder.steps[i].kind;
    if (kind != StepKind::Key && kind != StepKind::Index && kind != StepKind::Member) break;
    ++depth;
  }
  return depth;
}

std::string nameBefore(const heap::Holder& holder, int at) {
  for (int i = at - 1; i >= 0; --i) {
    const heap::Step& step = holder.steps[static_cast<std::size_t>(i)];
    if (isNamed(step.kind)) return step.name;
  }
  return {};
}

// `done` for `done._callbacks`: the container is a part of a C object, which is what statements
// name.
void seeThroughParts(const heap::Holder& holder, std::size_t at, Wanted& wanted) {
  int depth = 0;
  for (std::size_t i = at + 1; i < holder.steps.size(); ++i) {
    const StepKind kind = holder.steps[i].kind;
    const bool container =
        kind == StepKind::Key || kind == StepKind::Index || kind == StepKind::Member;
    if (!container) {
      wanted.type = holder.steps[i - 1].type;
      wanted.depth = depth;
      wanted.isPart = true;
      return;
    }
    ++depth;
  }
}

// No source at all means C: `_asyncio.Future`, a type of an extension.
bool isLibrary(const Wanted& wanted) {
  if (wanted.owner == OwnerKind::Global || !wanted.classes.empty()) {
    return wanted.file.empty() || ModuleMap::isStandardLibrary(wanted.file);
  }
  return false;
}

}  // namespace

std::string literalKey(std::string_view written) {
  const bool text = written.size() > 2 && (written.front() == '\'' || written.front() == '"') &&
                    written.back() == written.front();
  if (text) return "'" + std::string(written.substr(1, written.size() - 2)) + "'";
  const bool number = !written.empty() && std::ranges::all_of(written, [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
  return number || written == "None" ? std::string(written) : std::string{};
}

std::string mangledName(const heap::ClassName& cls, std::string_view privateName) {
  std::string_view name = lastName(cls.qualname);
  while (name.starts_with('_')) name.remove_prefix(1);
  return "_" + std::string(name) + std::string(privateName);
}

std::string writtenName(const heap::Holder& holder) {
  for (const heap::ClassName& one : holder.mro) {
    const std::string prefix = mangledName(one, "__");
    if (prefix.size() > 3 && holder.name.starts_with(prefix)) {
      return holder.name.substr(prefix.size() - 2);
    }
  }
  return holder.name;
}

Wanted wantedOf(const heap::Holder& holder, const Search& search) {
  Wanted wanted;
  wanted.owner = holder.owner;
  wanted.name = writtenName(holder);
  wanted.module = holder.module;
  wanted.type = holder.type;
  for (const heap::ClassName& one : holder.mro) {
    if (one.module == "builtins") continue;
    wanted.classes.push_back({one.module, one.qualname, search.modules.fileOf(one.module)});
  }
  if (holder.owner == OwnerKind::Global) {
    wanted.file = search.modules.fileOf(holder.module);
  } else if (!wanted.classes.empty()) {
    wanted.file = wanted.classes.front().file;
  }
  if (wanted.file.empty() && !holder.moduleFile.empty()) {
    wanted.file = search.index.localPath(holder.moduleFile);
    if (!wanted.classes.empty() && wanted.classes.front().file.empty()) {
      wanted.classes.front().file = wanted.file;
    }
  }
  const int at = namedStep(holder);
  if (at >= 0) {
    for (std::size_t i = static_cast<std::size_t>(at) + 1; i < holder.steps.size(); ++i) {
      const StepKind kind = holder.steps[i].kind;
      const bool container =
          kind == StepKind::Key || kind == StepKind::Index || kind == StepKind::Member;
      wanted.depth += container ? 1 : 0;
      wanted.lastKey = kind == StepKind::Key ? literalKey(holder.steps[i].name) : std::string{};
    }
    wanted.outerName = nameBefore(holder, at);
    seeThroughParts(holder, static_cast<std::size_t>(at), wanted);
  }
  wanted.inLibrary = isLibrary(wanted);
  return wanted;
}

std::vector<Wanted> outerWanted(const heap::Holder& holder, const Search& search) {
  std::vector<Wanted> found;
  for (int i = namedStep(holder) - 1; i >= 0; --i) {
    const heap::Step& step = holder.steps[static_cast<std::size_t>(i)];
    if (!isNamed(step.kind)) continue;
    Wanted wanted;
    wanted.name = step.name;
    wanted.type = step.type;
    const heap::Step* before = i > 0 ? &holder.steps[static_cast<std::size_t>(i - 1)] : nullptr;
    if (step.kind == StepKind::Global) {
      if (before == nullptr) break;
      wanted.owner = OwnerKind::Global;
      wanted.module = before->name;
      wanted.file = search.modules.fileOf(before->name);
    } else {
      if (before == nullptr || before->type.empty()) continue;
      wanted.owner =
          step.kind == StepKind::ClassAttribute ? OwnerKind::ClassAttribute : OwnerKind::Attribute;
      const auto [module, qualname] = search.modules.splitTypeName(before->type);
      wanted.classes.push_back({module, qualname, search.modules.fileOf(module)});
      wanted.file = wanted.classes.front().file;
    }
    wanted.outerName = nameBefore(holder, i);
    if (wanted.file.empty() || ModuleMap::isStandardLibrary(wanted.file)) continue;
    wanted.isOuter = true;
    wanted.depth = containersAfter(holder, i);
    wanted.type = holder.steps[static_cast<std::size_t>(i + wanted.depth)].type;
    found.push_back(std::move(wanted));
    break;
  }
  return found;
}

}  // namespace whyalive::sources
