#include "server/sources/store_score.h"

#include <algorithm>
#include <array>

#include "server/sources/dynamic_names.h"
#include "server/sources/mutators.h"
#include "server/sources/name_resolution.h"

namespace whyalive::sources {
namespace {

using heap::OwnerKind;

constexpr std::size_t kTellingLetters = 4;  // of a name put together at run time

const FunctionFact* functionOf(const SourceFile& file, int number) {
  return number < 0 ? nullptr : &file.index().functions[static_cast<std::size_t>(number)];
}

// The last name of a receiver: "self.client.Dispatcher" → "Dispatcher", "Registry" → itself.
std::string_view receiverName(std::string_view receiver) {
  while (receiver.ends_with("[]") || receiver.ends_with("()")) receiver.remove_suffix(2);
  return lastName(receiver);
}

std::string lowered(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '_') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

bool isOwnClassName(const Wanted& wanted, std::string_view name) {
  return std::ranges::any_of(wanted.classes,
                             [&](const KnownClass& one) { return lastName(one.qualname) == name; });
}

// What the receiver is known to be: 1 an owner, -1 something else, 0 unknown.
int receiverType(const Wanted& wanted, const SourceFile& file, const Use& use) {
  const FileIndex& index = file.index();
  Path path = expandAliases(index, use.path, {use.function, use.cls, use.range.begin});
  while (!path.accesses.empty() && path.accesses.back().kind != AccessKind::Attribute) {
    path.accesses.pop_back();
  }
  if (path.accesses.empty()) return 0;
  path.accesses.pop_back();
  Value receiver;
  receiver.kind = ValueKind::Path;
  receiver.path = path;
  if (path.isName() && index.classNamed(path.base) != nullptr) {
    return isOwnClassName(wanted, path.base) ? 1 : -1;
  }
  const TypeGuess guess = guessType(index, receiver, {use.function, use.cls, use.range.begin});
  if (!guess.known()) return 0;
  for (const TypeGuess::Shape& shape : guess.shapes) {
    if (isOwnClassName(wanted, shape.type)) return 1;
  }
  return guess.open ? 0 : -1;
}

int packageScore(const Wanted& wanted, const SourceFile& file, const Search& search) {
  const std::string& module = search.modules.moduleOf(file.path());
  if (std::ranges::any_of(wanted.classes,
                          [&](const KnownClass& one) { return one.file == file.path(); })) {
    return points::kMroModule;
  }
  const std::string owner = wanted.classes.empty() ? std::string{} : wanted.classes.front().module;
  if (!owner.empty() && topPackage(owner) == topPackage(module)) return points::kOwnPackage;
  if (std::ranges::any_of(wanted.classes, [&](const KnownClass& one) {
        return topPackage(one.module) == topPackage(module);
      })) {
    return points::kMroPackage;
  }
  return points::kElsewhere;
}

Relation foreignReceiver(const Wanted& wanted, const SourceFile& file, const Use& use,
                         const Search& search) {
  Relation relation{true, packageScore(wanted, file, search)};
  const int type = receiverType(wanted, file, use);
  if (type < 0) {
    relation.score = points::kUnrelatedClass;
    return relation;
  }
  const std::string_view name = receiverName(use.target.receiver);
  if (type > 0 || isOwnClassName(wanted, name)) {
    relation.score = std::max(relation.score, points::kTypedReceiver);
  } else if (!name.empty() && (name == wanted.outerName ||
                               std::ranges::any_of(wanted.classes, [&](const KnownClass& one) {
                                 return lowered(lastName(one.qualname)) == lowered(name);
                               }))) {
    relation.score += points::kNamedReceiver;
  }
  return relation;
}

// An attribute of a named object that is no instance of a class in Python: a thread-local.
Relation relateReceiver(const Wanted& wanted, const SourceFile& file, const Use& use) {
  if (use.target.kind == TargetKind::Other && wanted.receiver == kAnyFunction) {
    const bool isFunction = std::ranges::any_of(
        file.index().functions,
        [&](const FunctionFact& one) { return one.name == use.target.receiver; });
    return isFunction ? Relation{true, points::kOwnClass} : Relation{};
  }
  if (use.target.kind != TargetKind::Other ||
      receiverName(use.target.receiver) != wanted.receiver) {
    return {};
  }
  const bool home = wanted.anywhere || file.path() == wanted.file;
  return {true, home ? points::kOwnClass : points::kOwnPackage};
}

Relation relateAttribute(const Wanted& wanted, const SourceFile& file, const Use& use,
                         const Search& search) {
  if (!wanted.receiver.empty()) return relateReceiver(wanted, file, use);
  switch (use.target.kind) {
    case TargetKind::Self:
    case TargetKind::Class: {
      const int step = mroStepOf(wanted, file, use.target.cls);
      if (step >= 0) return {true, points::kOwnClass + points::kPerMroStep * step};
      return {true, points::kUnrelatedClass};
    }
    case TargetKind::Other: return foreignReceiver(wanted, file, use, search);
    default: return {};
  }
}

// Whether `local` in this file is the wanted module's own name, imported.
bool importsWanted(const Wanted& wanted, const SourceFile& file, std::string_view local,
                   const Search& search) {
  return std::ranges::any_of(file.index().imports, [&](const Import& import) {
    if (import.local != local || import.member.empty()) return false;
    const std::string module = search.modules.resolveImport(import.module, file.path());
    if (import.member == wanted.name && search.modules.fileOf(module) == wanted.file) return true;
    return false;
  });
}

bool isWantedModule(const Wanted& wanted, const SourceFile& file, std::string_view receiver,
                    const Search& search) {
  const std::string_view base = receiver.substr(0, receiver.find('.'));
  return std::ranges::any_of(file.index().imports, [&](const Import& import) {
    if (import.local != base) return false;
    std::string module = search.modules.resolveImport(import.module, file.path());
    if (!import.member.empty()) module += "." + std::string(import.member);
    if (receiver.size() > base.size()) module += receiver.substr(base.size());
    return search.modules.fileOf(module) == wanted.file;
  });
}

Relation relateGlobal(const Wanted& wanted, const SourceFile& file, const Use& use,
                      const Search& search) {
  const bool home = file.path() == wanted.file;
  if (use.target.kind == TargetKind::Global) {
    if (home && use.target.name == wanted.name) return {true, points::kOwnClass};
    if (!home && importsWanted(wanted, file, use.target.name, search)) {
      return {true, points::kOwnClass + points::kPerMroStep};
    }
    return {};
  }
  if (use.target.kind == TargetKind::Other && use.target.name == wanted.name &&
      isWantedModule(wanted, file, use.target.receiver, search)) {
    return {true, points::kOwnClass + 2 * points::kPerMroStep};
  }
  return {};
}

int valueScore(const SourceFile& file, const Use& use, const Search& search) {
  const bool whole = use.kind == UseKind::PutMany || use.kind == UseKind::Rebuild;
  const Fit fit = fitOf(file.index(), use.value, whole ? StoredAs::Entries : StoredAs::Entry,
                        {use.function, use.cls, use.range.begin}, search.suspect.evidence);
  int score = 0;
  switch (fit.type) {
    case ValueFit::Dominant: score += points::kDominantValue; break;
    case ValueFit::Common: score += points::kCommonValue; break;
    case ValueFit::Absent: score += points::kAbsentValue; break;
    case ValueFit::Unknown: break;
  }
  if (fit.shape >= 2) score += points::kHeldShape;
  if (fit.shape == 1) score += points::kPossibleShape;
  if (fit.shape < 0) score += points::kOtherShape;
  return score;
}

// The literal under which the changed container lies in the one above it; "" when it is none.
std::string keyOf(const Use& use) {
  return use.target.keys.empty() ? std::string{} : literalKey(use.target.keys.back());
}

// Looking a key up in a defaultdict puts it in.
bool readsIntoDefault(const Wanted& wanted, const Use& use) {
  return use.kind == UseKind::Read && use.how == "[]" && use.function >= 0 &&
         lastName(wanted.type) == "defaultdict" &&
         static_cast<int>(use.target.keys.size()) == wanted.depth;
}

}  // namespace

bool changesTheHeld(const Wanted& wanted, const Use& use) {
  const std::string key = keyOf(use);
  if (!wanted.lastKey.empty() && !key.empty()) return key == wanted.lastKey;
  return static_cast<int>(use.target.keys.size()) == wanted.depth;
}

bool isConstructor(std::string_view function) {
  static constexpr std::array<std::string_view, 7> kNames = {
      "__init__",          "__new__",      "__post_init__", "__attrs_post_init__",
      "__init_subclass__", "__setstate__", "setUp"};
  return std::ranges::find(kNames, function) != kNames.end();
}

int mroStepOf(const Wanted& wanted, const SourceFile& file, int cls) {
  if (cls < 0) return -1;
  const std::string& qualname = file.index().classes[static_cast<std::size_t>(cls)].qualname;
  for (std::size_t i = 0; i < wanted.classes.size(); ++i) {
    if (wanted.classes[i].file == file.path() && wanted.classes[i].qualname == qualname) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

Relation relate(const Wanted& wanted, const SourceFile& file, const Use& use,
                const Search& search) {
  Relation relation;
  switch (wanted.owner) {
    case OwnerKind::Attribute:
    case OwnerKind::ClassAttribute: relation = relateAttribute(wanted, file, use, search); break;
    case OwnerKind::Global: relation = relateGlobal(wanted, file, use, search); break;
    default: return {};
  }
  if (relation.possible && wanted.inLibrary && !ModuleMap::isStandardLibrary(file.path())) {
    relation.score += points::kOutsideLibrary;
  }
  return relation;
}

int scoreStore(const Wanted& wanted, const SourceFile& file, const Use& use, Relation relation,
               const Search& search) {
  int score = relation.score;
  const int depth = static_cast<int>(use.target.keys.size());
  const std::string key = keyOf(use);
  if (!wanted.lastKey.empty() && !key.empty()) {
    score += key == wanted.lastKey ? points::kSameKey : points::kOtherKey;
  }
  if (depth == wanted.depth) {
    score += points::kDepthFits;
    // Of a part's entries the evidence speaks, of the whole's the statement.
    if (!wanted.isPart && !wanted.isOuter) score += valueScore(file, use, search);
  } else {
    score += points::kDepthDiffers * std::abs(depth - wanted.depth);
  }
  const FunctionFact* function = functionOf(file, use.function);
  if (function == nullptr) {
    score += points::kModuleLevel;
  } else if (isConstructor(function->name) && function->cls >= 0) {
    const bool own = use.target.kind == TargetKind::Self && use.target.cls == function->cls;
    score += own ? points::kOwnConstructor : points::kConstructor;
  }
  if (use.kind == UseKind::PutMany) score += points::kBulk;
  if (use.kind == UseKind::Rebuild) score += points::kReplaces;
  if (use.inLoop) score += points::kLoop;
  if (use.how == kNamedAtRun.name) score += points::kDynamicName;
  if (isDynamicName(use.target.name)) {
    score += fixedLetters(use.target.name) >= kTellingLetters ? points::kPatternName
                                                              : points::kDynamicName;
  }
  return score;
}

bool isGrowing(const Wanted& wanted, const Use& use) {
  return use.kind == UseKind::Put || use.kind == UseKind::PutMany || use.kind == UseKind::Rebuild ||
         readsIntoDefault(wanted, use);
}

bool methodFits(const Wanted& wanted, const Use& use) {
  const int depth = static_cast<int>(use.target.keys.size());
  if (use.kind == UseKind::Rebuild) return true;
  if (depth == wanted.depth) return methodFitsType(use.how, wanted.type);
  return true;
}

}  // namespace whyalive::sources
