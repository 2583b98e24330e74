#include "server/sources/library_calls.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "server/sources/mutators.h"
#include "server/sources/name_resolution.h"
#include "server/sources/store_score.h"
#include "server/sources/store_search.h"
#include "server/sources/value_types.h"

namespace whyalive::sources {
namespace {

constexpr int kLibraryCall = 40;
constexpr int kWithoutImport = 10;  // nothing ties the file to that library module
constexpr int kPerIdentifier = 20;
constexpr int kMaxIdentifiers = 3;
constexpr int kQualified = 5;
constexpr int kCallOn = 20;
constexpr int kBehindTheStore = kMaxIdentifiers + 1;
constexpr int kCalledDirectly = 3;
constexpr std::size_t kFewCalls = 3;  // of more that mention nothing any may be meant
constexpr int kNamedReceiver = 20;
constexpr int kMaxHops = 6;              // logging: emit, handle, callHandlers, handle, _log, info
constexpr std::size_t kMaxHelpers = 60;  // more: the name is too common to follow
constexpr std::size_t kMaxFiles = 24;

std::string_view lastNameOf(const Path& path) {
  if (path.accesses.empty()) return path.base;
  const Access& last = path.accesses.back();
  return last.kind == AccessKind::Attribute ? last.name : std::string_view{};
}

// The name a caller outside writes: a constructor is called by its class.
std::string_view publicName(const FileIndex& index, const FunctionFact& function) {
  if (function.cls >= 0 && (function.name == "__init__" || function.name == "__new__")) {
    return index.classes[static_cast<std::size_t>(function.cls)].name;
  }
  return function.name;
}

std::string innerPackage(const std::string& module) { return module.substr(0, module.rfind('.')); }

// A method that every container has: away from the store such a call is most likely of one.
bool isCommonName(std::string_view name) { return name == "get" || mutatorMethod(name) != nullptr; }

// x.append(…) where x is evidently a list.
bool callsBuiltin(const SourceFile& file, const Call& call) {
  if (call.callee.accesses.empty() || !isCommonName(lastNameOf(call.callee))) return false;
  Value receiver;
  receiver.kind = ValueKind::Path;
  receiver.path = call.callee;
  receiver.path.accesses.pop_back();
  const TypeGuess guess =
      guessType(file.index(), receiver, {call.function, call.cls, call.range.begin});
  static constexpr std::string_view kBuiltins[] = {"list", "dict", "set", "deque", "defaultdict"};
  return guess.known() && std::ranges::all_of(guess.shapes, [](const TypeGuess::Shape& one) {
           return std::ranges::find(kBuiltins, one.type) != std::end(kBuiltins);
         });
}

// Functions of the library by which a store is reached, found by walking from callee to caller.
class Helpers {
 public:
  using IsLibrary = bool (*)(std::string_view file);

  Helpers(const std::vector<Candidate>& stores, IsLibrary isLibrary, const Search& search)
      : isLibrary_(isLibrary), search_(search) {
    for (const Candidate& store : stores) {
      if (store.role != Role::Store || store.function < 0 || store.score < kLowestStoreScore)
        continue;
      if (isLibrary_(store.file->path())) reach(store.file, store.function);
    }
    if (reached_.empty()) return;
    collectPaths(stores);
    for (int hop = 0; hop < kMaxHops && reached_.size() < kMaxHelpers; ++hop) {
      if (!addCallers()) break;
    }
  }

  // As a caller outside writes them.
  const std::set<std::string, std::less<>>& names() const { return names_; }

 private:
  void reach(const SharedFile& file, int number) {
    if (!reached_.insert({file.get(), number}).second) return;
    const FileIndex& index = file->index();
    const FunctionFact& function = index.functions[static_cast<std::size_t>(number)];
    const std::string_view name = publicName(index, function);
    // obj[key] = value calls the method of the class that the attribute was made as.
    if (function.cls >= 0 && name == "__setitem__") {
      itemClasses_.emplace(index.classes[static_cast<std::size_t>(function.cls)].name);
    }
    if (called_.emplace(name).second) fresh_.emplace_back(name);
    if (!name.starts_with('_') && name.size() > 1) names_.emplace(name);
    // What makes a function hands it on, to be called under any name.
    if (function.outer >= 0) reach(file, function.outer);
  }

  // The storing files and their neighbours (`logging.handlers` beside `logging`): those of the same
  // inner package first, for a package may have hundreds.
  void collectPaths(const std::vector<Candidate>& stores) {
    std::set<std::string, std::less<>> own, inner, outer;
    for (const Candidate& store : stores) {
      const std::string& module = search_.modules.moduleOf(store.file->path());
      own.insert(store.file->path());
      inner.insert(innerPackage(module));
      outer.emplace(topPackage(module));
    }
    for (const std::string& path : search_.modules.files()) {
      const std::string& module = search_.modules.moduleOf(path);
      if (!isLibrary_(path) || !outer.contains(topPackage(module))) continue;
      paths_.push_back({path, inner.contains(innerPackage(module))});
    }
    std::ranges::stable_sort(paths_, {}, [&](const Place& one) {
      return own.contains(one.path) ? 0 : one.near ? 1 : 2;
    });
  }

  // Parses those that mention a name which the last hop has reached.
  void readFiles() {
    const std::vector<std::string> fresh = std::exchange(fresh_, {});
    for (const auto& [path, near] : paths_) {
      if (files_.size() >= kMaxFiles) return;
      const bool mentions =
          std::ranges::any_of(fresh, [&, &path = path, &near = near](const std::string& name) {
            return (near || !isCommonName(name)) && search_.index.mentions(path, name);
          });
      if (!mentions && !makesItemClass(path)) continue;
      const SharedFile file = search_.index.file(path);
      if (!file || std::ranges::find(files_, file, &Read::file) != files_.end()) continue;
      files_.push_back({file, near});
    }
  }

  bool makesItemClass(const std::string& path) const {
    return std::ranges::any_of(
        itemClasses_, [&](const std::string& name) { return search_.index.mentions(path, name); });
  }

  // obj.attribute[key] = value, where this file makes the attribute as one of these classes.
  bool storesIntoItemClass(const FileIndex& index, const Use& store) const {
    if (store.kind != UseKind::Put || store.how != "[]" || store.function < 0) return false;
    return std::ranges::any_of(index.uses, [&](const Use& made) {
      const Path& path = made.value.path;
      if (made.kind != UseKind::Define || made.target.name != store.target.name) return false;
      if (made.value.kind != ValueKind::Path || !path.isCall()) return false;
      const std::string_view cls =
          path.accesses.size() == 1 ? path.base : path.accesses[path.accesses.size() - 2].name;
      return itemClasses_.contains(cls);
    });
  }

  bool addCallers() {
    readFiles();
    std::vector<std::pair<SharedFile, int>> callers;
    for (const auto& [file, near] : files_) {
      for (const Call& call : file->index().calls) {
        if (call.function < 0 || reached_.contains({file.get(), call.function})) continue;
        const std::string_view name = lastNameOf(call.callee);
        if (!called_.contains(name) || (!near && isCommonName(name))) continue;
        if (!callsBuiltin(*file, call)) callers.emplace_back(file, call.function);
      }
      if (itemClasses_.empty()) continue;
      for (const Use& use : file->index().uses) {
        if (use.function < 0 || reached_.contains({file.get(), use.function})) continue;
        if (storesIntoItemClass(file->index(), use)) callers.emplace_back(file, use.function);
      }
    }
    for (const auto& [file, number] : callers) reach(file, number);
    return !callers.empty();
  }

  IsLibrary isLibrary_;
  const Search& search_;
  std::set<std::pair<const SourceFile*, int>> reached_;
  std::set<std::string, std::less<>> called_;
  std::vector<std::string> fresh_;  // of `called_`, since files were last read
  std::set<std::string, std::less<>> names_;
  std::set<std::string, std::less<>> itemClasses_;
  struct Place {
    std::string path;
    bool near = false;  // in the package of a store
  };
  struct Read {
    SharedFile file;
    bool near = false;
  };
  std::vector<Place> paths_;
  std::vector<Read> files_;
};

// The call is of a function that this very file defines: not the library's.
bool callsOwn(const SourceFile& file, const Call& call) {
  const FileIndex& index = file.index();
  const std::string_view name = lastNameOf(call.callee);
  const bool bare = call.callee.isName();
  if (bare) {
    return std::ranges::any_of(
               index.functions,
               [&](const FunctionFact& one) { return one.cls < 0 && one.name == name; }) ||
           index.classNamed(name) != nullptr;
  }
  const Target target = resolve(index, call.callee, {call.function, call.cls, call.range.begin});
  if (target.kind != TargetKind::Self && target.kind != TargetKind::Class) return false;
  return std::ranges::any_of(index.functions, [&](const FunctionFact& one) {
    return one.cls == target.cls && one.name == name;
  });
}

bool importsModule(const SourceFile& file, const std::string& module, const Search& search) {
  return std::ranges::any_of(file.index().imports, [&](const Import& import) {
    const std::string name = search.modules.resolveImport(import.module, file.path());
    return topPackage(name) == topPackage(module);
  });
}

bool mentionsWord(std::string_view text, std::string_view word) {
  const auto isWord = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !isWord(text[at - 1]);
    const std::size_t end = at + word.size();
    if (begins && (end == text.size() || !isWord(text[end]))) return true;
  }
  return false;
}

// Making an empty one of the holder's own kind puts nothing in.
bool isOwnClass(const Wanted& wanted, std::string_view name) {
  return std::ranges::any_of(wanted.classes,
                             [&](const KnownClass& one) { return lastName(one.qualname) == name; });
}

// Names of what is held that the call mentions.
int evidenceIn(const SourceFile& file, const Call& call, const Search& search) {
  const std::string_view text = file.slice(call.range);
  int identifiers = 0;
  for (const std::string& one : search.suspect.evidence.identifiers) {
    if (identifiers < kMaxIdentifiers && mentionsWord(text, lastName(one))) ++identifiers;
  }
  return identifiers;
}

int callScore(const Call& call, const Wanted& wanted, bool imports) {
  int score = imports ? kLibraryCall : kWithoutImport;
  if (call.function < 0) score += points::kModuleLevel;
  if (!call.callee.isName()) score += kQualified;
  if (call.callee.accesses.size() >= 2 && !wanted.outerName.empty() &&
      call.callee.accesses[call.callee.accesses.size() - 2].name == wanted.outerName) {
    score += kNamedReceiver;
  } else if (call.callee.accesses.size() == 1 && call.callee.base == wanted.outerName) {
    score += kNamedReceiver;
  }
  return score;
}

// Whether one of the calls is of the very function that the store stands in.
bool isCalled(const Candidate& store, const std::vector<Candidate>& calls) {
  if (store.function < 0) return false;
  const FileIndex& index = store.file->index();
  const std::string_view name =
      publicName(index, index.functions[static_cast<std::size_t>(store.function)]);
  return std::ranges::any_of(calls, [&](const Candidate& call) {
    const auto& all = call.file->index().calls;
    const auto at = std::ranges::find_if(all, [&](const Call& one) {
      return one.range.begin == call.range.begin && one.range.end == call.range.end;
    });
    return at != all.end() && lastNameOf(at->callee) == name;
  });
}

}  // namespace

std::vector<Candidate> findCallsOn(const Wanted& outer, const Search& search) {
  std::vector<Candidate> found;
  search.eachFileWith(outer.name, [&](const SharedFile& file) {
    if (ModuleMap::isStandardLibrary(file->path())) return false;
    for (const Call& call : file->index().calls) {
      if (call.function < 0 || call.arguments.empty()) continue;
      Use use;
      use.path = call.callee;
      use.range = call.range;
      use.function = call.function;
      use.cls = call.cls;
      auto& accesses = use.path.accesses;
      const auto named = std::ranges::find(accesses, outer.name, &Access::name);
      if (named == accesses.end() || named + 1 == accesses.end()) continue;
      accesses.erase(named + 1, accesses.end());
      use.target = resolve(file->index(), use.path, {call.function, call.cls, call.range.begin});
      const Relation relation = relate(outer, *file, use, search);
      if (!relation.possible || relation.score <= 0) continue;
      found.push_back({Role::Store, file, call.range, call.function, kCallOn, nullptr});
    }
    return true;
  });
  return found;
}

std::vector<Candidate> findLibraryCalls(const Wanted& wanted,
                                        const std::vector<Candidate>& libraryStores,
                                        const Search& search) {
  std::vector<Candidate> found;
  const Helpers helpers(libraryStores, ModuleMap::isStandardLibrary, search);
  const auto& names = helpers.names();
  std::set<std::string> visited;
  std::vector<int> evidence;  // of each call found
  for (const std::string& name : names) {
    search.eachFileWith(name, [&](const SharedFile& file) {
      if (ModuleMap::isStandardLibrary(file->path())) return false;  // they come last
      if (!visited.insert(file->path()).second) return true;
      const bool imports = importsModule(*file, search.modules.moduleOf(wanted.file), search);
      for (const Call& call : file->index().calls) {
        if (!names.contains(lastNameOf(call.callee)) || callsOwn(*file, call)) continue;
        if (callsBuiltin(*file, call)) continue;
        if (call.arguments.empty() && isOwnClass(wanted, lastNameOf(call.callee))) continue;
        const int known = evidenceIn(*file, call, search);
        const int score = callScore(call, wanted, imports) + known * kPerIdentifier;
        found.push_back({Role::Store, file, call.range, call.function, score, nullptr});
        evidence.push_back(known);
      }
      return true;
    });
  }
  // Where a call mentions what is held, others of the same name speak of other things.
  const int most = evidence.empty() ? 0 : std::ranges::max(evidence);
  for (std::size_t i = 0; most > 0 && i < found.size(); ++i) {
    if (evidence[i] == 0) found[i].score = 0;
  }
  // A name that many things bear proves nothing by itself.
  std::erase_if(found,
                [](const Candidate& one) { return one.score <= kWithoutImport + kQualified; });
  return found;
}

std::vector<Candidate> findProgramCalls(std::vector<Candidate>& stores, const Search& search) {
  std::vector<Candidate> found;
  const Candidate* best = nullptr;
  for (const Candidate& one : stores) {
    if (one.role == Role::Store && (best == nullptr || one.score > best->score)) best = &one;
  }
  if (best == nullptr || !ModuleMap::isInstalled(best->file->path())) return found;
  const std::string package = search.modules.moduleOf(best->file->path());
  const Helpers helpers(stores, ModuleMap::isInstalled, search);
  std::vector<Candidate> others;  // that mention nothing of what is held
  std::vector<Candidate> bare;    // nor hand anything in
  std::set<const SourceFile*> visited;
  for (const std::string& name : helpers.names()) {
    search.eachFileWith(name, [&](const SharedFile& file) {
      if (ModuleMap::isInstalled(file->path())) return true;
      if (!importsModule(*file, package, search) || !visited.insert(file.get()).second) return true;
      for (const Call& call : file->index().calls) {
        if (call.function < 0 || !helpers.names().contains(lastNameOf(call.callee))) continue;
        if (callsOwn(*file, call) || callsBuiltin(*file, call)) continue;
        const int known = evidenceIn(*file, call, search);
        const int score = best->score - kBehindTheStore + std::min(known, kMaxIdentifiers);
        auto& kind = call.arguments.empty() ? bare : known > 0 ? found : others;
        kind.push_back({Role::Store, file, call.range, call.function, score, nullptr});
      }
      return true;
    });
  }
  if (others.empty()) others = std::move(bare);
  if (found.empty() && others.size() <= kFewCalls) found = std::move(others);
  for (Candidate& store : stores) {
    if (store.role == Role::Store && isCalled(store, found)) store.score += kCalledDirectly;
  }
  int first = kLowestStoreScore;
  for (const Candidate& store : stores) {
    if (store.role == Role::Store) first = std::max(first, store.score);
  }
  for (Candidate& call : found) call.score = std::min(call.score + kCalledDirectly, first - 1);
  return found;
}

}  // namespace whyalive::sources
