#include "server/sources/store_search.h"

#include <algorithm>
#include <optional>
#include <span>

#include "server/sources/argument_hops.h"
#include "server/sources/dynamic_names.h"
#include "server/sources/getter_stores.h"
#include "server/sources/mutators.h"
#include "server/sources/name_resolution.h"
#include "server/sources/store_score.h"

namespace whyalive::sources {
namespace {

using heap::OwnerKind;

constexpr int kMostBases = 8;               // of bases; a cycle in a broken buffer ends here
constexpr std::size_t kTellingLetters = 4;  // that a name put together at run time shows

// pools[host].add(one): what the look-up gives is filled in the same function.
bool fillsWhatItReads(const SourceFile& file, const Use& read) {
  return std::ranges::any_of(file.index().uses, [&](const Use& use) {
    return use.kind == UseKind::Put && use.function == read.function &&
           use.target.name == read.target.name && use.target.cls == read.target.cls &&
           use.target.keys.size() == read.target.keys.size() + 1;
  });
}

// self._buffer = bytearray() makes the holder, unless things of its type are what it holds.
bool makesTheHolder(const Wanted& wanted, const SourceFile& file, const Use& use,
                    const Search& search) {
  if (!use.value.path.isCall()) return false;
  const std::string_view type = lastName(wanted.type);
  const auto held = [&](const heap::TypeShare& one) { return lastName(one.type) == type; };
  if (std::ranges::any_of(search.suspect.evidence.entryTypes, held)) return false;
  const TypeGuess guess =
      guessType(file.index(), use.value, {use.function, use.cls, use.range.begin});
  return std::ranges::any_of(guess.shapes,
                             [&](const TypeGuess::Shape& one) { return one.type == type; });
}

// Binding the name to a fresh empty container makes the holder; binding it to the held object
// itself (`self.last_error = error`) stores.
bool bindsTheHeld(const Wanted& wanted, const SourceFile& file, const Use& use,
                  const Search& search) {
  if (use.kind != UseKind::Define || use.target.keys.size() != 0 || wanted.isOuter) return false;
  if (isContainerType(wanted.type)) return false;
  if (isDynamicName(use.target.name)) return true;
  return use.value.kind == ValueKind::Path && use.function >= 0 &&
         !makesTheHolder(wanted, file, use, search);
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

// self._pending.concrete, where the heap says that _pending is a tuple: its field is an item.
std::optional<Use> throughField(const Wanted& wanted, const SourceFile& file, const Use& use) {
  if (wanted.depth == 0 || use.target.kind != TargetKind::Other) return std::nullopt;
  const PathPlace place{use.function, use.cls, use.range.begin};
  Path path = expandAliases(file.index(), use.path, place);
  const auto named = std::ranges::find_if(path.accesses, [&](const Access& one) {
    return one.kind == AccessKind::Attribute && one.name == wanted.name;
  });
  if (named == path.accesses.end()) return std::nullopt;
  std::vector<std::string_view> below;
  for (auto it = named + 1; it != path.accesses.end(); ++it) {
    if (it->kind == AccessKind::Call) return std::nullopt;
    below.push_back(it->name);
  }
  path.accesses.erase(named + 1, path.accesses.end());
  Use seen = use;
  seen.path = path;
  seen.target = resolve(file.index(), path, place);
  seen.target.keys = std::move(below);
  return seen;
}

bool mayBeMeant(const Wanted& wanted, const Use& use) {
  const Target& target = use.target;
  if (target.name == wanted.name) return true;
  if (wanted.owner == OwnerKind::Global) return target.kind == TargetKind::Global;
  if (!isDynamicName(target.name) || !mayName(target.name, wanted.name)) return false;
  if (wanted.inLibrary) return false;  // there it would be a guess among many
  return target.kind == TargetKind::Self ||
         (target.kind == TargetKind::Other && fixedLetters(target.name) >= kTellingLetters);
}

void addUse(std::vector<Candidate>& found, const Wanted& wanted, const SharedFile& file,
            const Use& written, const Search& search) {
  const auto field = throughField(wanted, *file, written);
  const Use& use = field ? *field : written;
  if (!mayBeMeant(wanted, use)) return;
  const Relation relation = relate(wanted, *file, use, search);
  if (!relation.possible) return;
  Candidate candidate{Role::Store, file, use.range, use.function, 0, &written};
  // Putting a container into one around it does not fill it.
  if (wanted.isOuter && static_cast<int>(use.target.keys.size()) < wanted.depth) return;
  candidate.elsewhere = !wanted.isOuter && !changesTheHeld(wanted, use);
  if (isGrowing(wanted, use) && (use.kind == UseKind::Read || methodFits(wanted, use))) {
    candidate.score = scoreStore(wanted, *file, use, relation, search);
    if (use.kind == UseKind::Read && !fillsWhatItReads(*file, use)) {
      candidate.score += points::kDefaultRead;
    }
    found.push_back(candidate);
  } else if (bindsTheHeld(wanted, *file, use, search)) {
    candidate.score = scoreStore(wanted, *file, use, relation, search) + points::kReplaces;
    found.push_back(candidate);
  }
  const bool own = use.target.kind == TargetKind::Self || use.target.kind == TargetKind::Class ||
                   use.target.kind == TargetKind::Global;
  const bool told =
      !isDynamicName(use.target.name) || fixedLetters(use.target.name) >= kTellingLetters;
  if (isDefinition(use) && own && relation.score > 0 && told) {
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
      // Of a container it is what makes it; other statements fill it.
      const Role role = isContainerType(wanted.type) ? Role::Define : Role::Decorator;
      found.push_back({role, file, decorator.range, static_cast<int>(i), 30, nullptr});
    }
  }
}

// Whether the class of that name is, or has among its bases in this file, class number `cls`.
bool derives(const FileIndex& index, std::string_view qualname, int cls, int hops = 0) {
  if (index.classes[static_cast<std::size_t>(cls)].qualname == qualname) return true;
  const ClassFact* derived = index.classNamed(qualname);
  if (derived == nullptr || hops > kMostBases) return false;
  return std::ranges::any_of(derived->bases, [&](const Path& base) {
    return base.isName() && derives(index, base.base, cls, hops + 1);
  });
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
    const bool binds = use.kind == UseKind::Define && isDynamicName(use.target.name);
    if (!binds || use.function < 0) continue;
    if (use.target.kind != TargetKind::Self || use.target.cls < 0) continue;
    const ClassFact& cls = file->index().classes[static_cast<std::size_t>(use.target.cls)];
    if (cls.qualname != qualname) continue;
    found.push_back({Role::Store, file, use.range, use.function,
                     points::kOwnClass + points::kDynamicName, &use});
  }
}

// The methods of a class that is a container itself: self[key] = value, super().append(x).
void addOwnStores(std::vector<Candidate>& found, const Wanted& wanted, const Search& search) {
  if (wanted.isOuter || wanted.isPart || isContainerType(wanted.type)) return;
  const auto [module, qualname] = search.modules.splitTypeName(wanted.type);
  const std::string& path = search.modules.fileOf(module);
  if (path.empty() || ModuleMap::isStandardLibrary(path)) return;
  const SharedFile file = search.index.file(path);
  if (!file) return;
  const FileIndex& index = file->index();
  for (const Use& use : index.uses) {
    if (use.function < 0 || (use.kind != UseKind::Put && use.kind != UseKind::PutMany)) continue;
    const FunctionFact& method = index.functions[static_cast<std::size_t>(use.function)];
    if (method.cls < 0 || !derives(index, qualname, method.cls)) continue;
    const bool inherited = use.path.base == "super" && use.path.accesses.size() == 1;
    if (!inherited && !(use.path.isName() && use.path.base == method.selfName)) continue;
    Use own = use;  // as if the object had the name that the holder has
    own.target.keys.clear();
    const Relation relation{true, points::kOwnClass};
    Wanted itself = wanted;
    itself.depth = 0;
    itself.lastKey.clear();
    const int score = scoreStore(itself, *file, own, relation, search);
    found.push_back({Role::Store, file, use.range, use.function, score, &use});
  }
}

// The call of a method of the container's own class leads to the statement; it is not the
// statement.
void rankBelowOwnStores(std::vector<Candidate>& found, std::size_t firstOwn) {
  for (std::size_t i = 0; i < firstOwn; ++i) {
    Candidate& call = found[i];
    if (call.role != Role::Store || call.use == nullptr) continue;
    for (const Candidate& own : std::span(found).subspan(firstOwn)) {
      const FunctionFact& method =
          own.file->index().functions[static_cast<std::size_t>(own.function)];
      if (method.name == call.use->how) call.score = std::min(call.score, own.score - 1);
    }
  }
}

// Where one look-up is seen to fill, others only ask for what is there.
void dropBareReads(std::vector<Candidate>& found) {
  const auto isRead = [](const Candidate& one) {
    return one.role == Role::Store && one.use != nullptr && one.use->kind == UseKind::Read;
  };
  const auto fills = [&](const Candidate& one) {
    return one.role == Role::Store && (!isRead(one) || fillsWhatItReads(*one.file, *one.use)) &&
           !one.elsewhere && one.score > 0;
  };
  if (std::ranges::none_of(found, fills)) return;
  std::erase_if(found, [&](const Candidate& one) { return isRead(one) && !fills(one); });
}

// A name that only the run knows may be any: it counts where nothing names the attribute outright.
void dropGuesses(std::vector<Candidate>& found) {
  const auto isGuess = [](const Candidate& one) {
    return one.use != nullptr && isDynamicName(one.use->target.name) &&
           fixedLetters(one.use->target.name) < kTellingLetters;
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
  addGetterStores(found, wanted, search);
  addNamespaceStores(found, wanted, search);
  const std::size_t others = found.size();
  addOwnStores(found, wanted, search);
  rankBelowOwnStores(found, others);
  dropGuesses(found);
  dropBareReads(found);
  return found;
}

}  // namespace whyalive::sources
