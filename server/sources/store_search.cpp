#include "server/sources/store_search.h"

#include <algorithm>

#include "server/sources/argument_hops.h"
#include "server/sources/mutators.h"
#include "server/sources/store_score.h"

namespace whyalive::sources {
namespace {

using heap::OwnerKind;

// The method must exist on what is changed: the container itself, or what lies below it.
bool methodFits(const Wanted& wanted, const Use& use) {
  const int depth = static_cast<int>(use.target.keys.size());
  if (depth == wanted.depth) return methodFitsType(use.how, wanted.type);
  return true;
}

bool isGrowing(const Use& use) {
  return use.kind == UseKind::Put || use.kind == UseKind::PutMany || use.kind == UseKind::Rebuild;
}

// Binding the name to a fresh empty container makes the holder; binding it to the held object
// itself
// (`self.last_error = error`) stores.
bool bindsTheHeld(const Wanted& wanted, const Use& use) {
  if (use.kind != UseKind::Define || use.target.keys.size() != 0 || wanted.isOuter) return false;
  if (use.target.name == "*") return true;
  if (isContainerType(wanted.type)) return false;
  return use.value.kind == ValueKind::Path && use.function >= 0;
}

bool isDefinition(const Use& use) {
  return (use.kind == UseKind::Define || use.kind == UseKind::Rebuild) && use.target.keys.empty();
}

// Whether the bound value can be the container that is held.
int definitionScore(const Wanted& wanted, const SourceFile& file, const Use& use,
                    Relation relation) {
  int score = relation.score;
  if (use.value.kind == ValueKind::NoneLiteral) score -= 12;
  const TypeGuess guess =
      guessType(file.index(), use.value, {use.function, use.cls, use.range.begin});
  const std::string_view type = lastName(wanted.type);
  for (const TypeGuess::Shape& shape : guess.shapes) {
    if (shape.type == type) score += 6;
  }
  if (use.kind == UseKind::Rebuild) score -= 8;
  if (use.how == "setattr") score -= 4;
  return score;
}

void addUse(std::vector<Candidate>& found, const Wanted& wanted, const SharedFile& file,
            const Use& use, const Search& search) {
  const bool named = use.target.name == wanted.name;
  const bool dynamic = use.target.name == "*" && wanted.owner != OwnerKind::Global;
  const bool global = wanted.owner == OwnerKind::Global && use.target.kind == TargetKind::Global;
  if (!named && !dynamic && !global) return;
  if (dynamic && use.target.kind != TargetKind::Self) return;
  const Relation relation = relate(wanted, *file, use, search);
  if (!relation.possible) return;
  Candidate candidate{Role::Store, file, use.range, use.function, 0, &use};
  if (isGrowing(use) && methodFits(wanted, use)) {
    candidate.score = scoreStore(wanted, *file, use, relation, search);
    found.push_back(candidate);
  } else if (bindsTheHeld(wanted, use)) {
    candidate.score = scoreStore(wanted, *file, use, relation, search) + points::kReplaces;
    found.push_back(candidate);
  }
  const bool own = use.target.kind == TargetKind::Self || use.target.kind == TargetKind::Class ||
                   use.target.kind == TargetKind::Global;
  if (isDefinition(use) && own && relation.score > 0 && !dynamic) {
    candidate.role = Role::Define;
    candidate.score = definitionScore(wanted, *file, use, relation);
    found.push_back(candidate);
  }
}

// @cached_property def name(self): the decorator makes the attribute, the body what it holds.
void addCachedProperties(std::vector<Candidate>& found, const Wanted& wanted,
                         const SharedFile& file) {
  for (std::size_t i = 0; i < file->index().functions.size(); ++i) {
    const FunctionFact& function = file->index().functions[i];
    if (function.name != wanted.name || mroStepOf(wanted, *file, function.cls) < 0) continue;
    for (const Decorator& decorator : function.decorators) {
      const std::string_view last = decorator.path.accesses.empty()
                                        ? decorator.path.base
                                        : decorator.path.accesses.back().name;
      if (last != "cached_property" && last != "reify") continue;
      found.push_back({Role::Decorator, file, decorator.range, static_cast<int>(i), 30, nullptr});
    }
  }
}

// The holder is an instance whose namespace grows: setattr(self, name, value) in its own class.
void addNamespaceStores(std::vector<Candidate>& found, const Wanted& wanted, const Search& search) {
  if (wanted.isOuter || wanted.isPart || wanted.depth != 0 || isContainerType(wanted.type)) return;
  const auto [module, qualname] = search.modules.splitTypeName(wanted.type);
  const std::string& path = search.modules.fileOf(module);
  if (path.empty() || ModuleMap::isStandardLibrary(path)) return;
  const SharedFile file = search.index.file(path);
  if (!file) return;
  for (const Use& use : file->index().uses) {
    if (use.kind != UseKind::Define || use.target.name != "*" || use.function < 0) continue;
    if (use.target.kind != TargetKind::Self || use.target.cls < 0) continue;
    const ClassFact& cls = file->index().classes[static_cast<std::size_t>(use.target.cls)];
    if (cls.qualname != qualname) continue;
    found.push_back({Role::Store, file, use.range, use.function,
                     points::kOwnClass + points::kDynamicName, &use});
  }
}

// A name that only the run knows may be any: it counts where nothing names the attribute outright.
void dropGuesses(std::vector<Candidate>& found) {
  const auto isGuess = [](const Candidate& one) {
    return one.use != nullptr && one.use->target.name == "*";
  };
  const bool named = std::ranges::any_of(found, [&](const Candidate& one) {
    return one.role == Role::Store && one.score > 0 && !isGuess(one);
  });
  if (named) std::erase_if(found, isGuess);
}

}  // namespace

std::vector<Candidate> findStores(const Wanted& wanted, const Search& search) {
  std::vector<Candidate> found;
  if (wanted.name.empty()) return found;
  search.eachFileWith(wanted.name, [&](const SharedFile& file) {
    for (const Use& use : file->index().uses) addUse(found, wanted, file, use, search);
    if (wanted.owner == OwnerKind::Attribute) addCachedProperties(found, wanted, file);
    addArgumentHops(found, wanted, file, search);
    return true;
  });
  // Names that only the run knows (setattr, __dict__) do not mention the attribute at all.
  for (const KnownClass& one : wanted.classes) {
    if (one.file.empty() || search.index.mentions(one.file, wanted.name)) continue;
    const SharedFile file = search.index.file(one.file);
    if (!file) continue;
    for (const Use& use : file->index().uses) addUse(found, wanted, file, use, search);
  }
  addNamespaceStores(found, wanted, search);
  dropGuesses(found);
  return found;
}

}  // namespace whyalive::sources
