#include "server/sources/library_calls.h"

#include <algorithm>
#include <set>
#include <string>

#include "server/sources/decorated_calls.h"
#include "server/sources/name_resolution.h"
#include "server/sources/reached_functions.h"
#include "server/sources/store_score.h"
#include "server/sources/store_search.h"

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

// Names of what is held that the call or statement mentions.
int evidenceIn(const SourceFile& file, ByteRange range, const Search& search) {
  const std::string_view text = file.slice(range);
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

// What in the program's own files reaches the store in an installed package.
class ProgramCalls {
 public:
  ProgramCalls(const ReachedFunctions& reached, const Candidate& store, const Search& search)
      : reached_(reached),
        store_(store),
        package_(search.modules.moduleOf(store.file->path())),
        search_(search) {}

  // Those that mention what is held; else the others, where they are few.
  std::vector<Candidate> find() {
    addCalls();
    addDecorated();
    addOperators();
    if (others_.empty()) others_ = std::move(bare_);
    if (found_.empty() && others_.size() <= kFewCalls) found_ = std::move(others_);
    return std::move(found_);
  }

 private:
  bool isProgram(const SourceFile& file) const {
    return !ModuleMap::isInstalled(file.path()) && importsModule(file, package_, search_);
  }

  Candidate candidate(const SharedFile& file, ByteRange range, int function, int known) const {
    const int score = store_.score - kBehindTheStore + std::min(known, kMaxIdentifiers);
    return {Role::Store, file, range, function, score, nullptr};
  }

  void addCalls() {
    std::set<const SourceFile*> visited;
    for (const std::string& name : reached_.names()) {
      search_.eachFileWith(name, [&](const SharedFile& file) {
        if (!isProgram(*file) || !visited.insert(file.get()).second) return true;
        for (const Call& call : file->index().calls) {
          if (call.function < 0 || !reached_.names().contains(lastNameOf(call.callee))) continue;
          if (callsOwn(*file, call) || callsBuiltin(*file, call)) continue;
          const int known = evidenceIn(*file, call.range, search_);
          auto& kind = call.arguments.empty() ? bare_ : known > 0 ? found_ : others_;
          kind.push_back(candidate(file, call.range, call.function, known));
        }
        return true;
      });
    }
  }

  // @queue.task() over a function: its calls go to the object that the decorator put in its place.
  void addDecorated() {
    for (const std::string& maker : reached_.makers()) {
      search_.eachFileWith(maker, [&](const SharedFile& file) {
        if (!isProgram(*file)) return true;
        const auto& functions = file->index().functions;
        for (std::size_t i = 0; i < functions.size(); ++i) {
          const bool isMade = std::ranges::any_of(functions[i].decorators, [&](const auto& one) {
            return lastNameOf(one.path) == maker;
          });
          if (isMade) addCallsOf({file, static_cast<int>(i)});
        }
        return true;
      });
    }
  }

  void addCallsOf(const FoundFunction& function) {
    for (const Candidate& call : ownCallsOf(function, search_)) {
      if (call.function < 0) continue;
      const int known = evidenceIn(*call.file, call.range, search_);
      (known > 0 ? found_ : others_)
          .push_back(candidate(call.file, call.range, call.function, known));
    }
  }

  // feed.changed += self.draw, where += is a method of the package's; node.parent = page, where the
  // package has a setter for it.
  bool isCall(const Use& use) const {
    const bool bound = use.kind == UseKind::Define && use.how == "=";
    return reached_.operators().contains(use.how) ||
           (bound && reached_.setters().contains(lastNameOf(use.path)) && !use.path.isName());
  }

  void addOperators() {
    if (reached_.operators().empty() && reached_.setters().empty()) return;
    search_.eachFileWith(topPackage(package_), [&](const SharedFile& file) {
      if (!isProgram(*file)) return true;
      for (const Use& use : file->index().uses) {
        if (use.function < 0 || !isCall(use)) continue;
        const int known = evidenceIn(*file, use.range, search_);
        const Candidate call = candidate(file, use.range, use.function, known);
        if (known > 0) {
          found_.push_back(call);
        } else if (use.kind == UseKind::Define) {
          others_.push_back(call);
        }
      }
      return true;
    });
  }

  const ReachedFunctions& reached_;
  const Candidate& store_;
  std::string package_;
  const Search& search_;
  std::vector<Candidate> found_;
  std::vector<Candidate> others_;  // that mention nothing of what is held
  std::vector<Candidate> bare_;    // nor hand anything in
};

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
  const ReachedFunctions reached(libraryStores, ModuleMap::isStandardLibrary, search);
  const auto& names = reached.names();
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
        const int known = evidenceIn(*file, call.range, search);
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
  const Candidate* best = nullptr;
  for (const Candidate& one : stores) {
    if (one.role == Role::Store && (best == nullptr || one.score > best->score)) best = &one;
  }
  if (best == nullptr || !ModuleMap::isInstalled(best->file->path())) return {};
  const ReachedFunctions reached(stores, ModuleMap::isInstalled, search);
  ProgramCalls calls(reached, *best, search);
  std::vector<Candidate> found = calls.find();
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
