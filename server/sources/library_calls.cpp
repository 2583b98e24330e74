#include "server/sources/library_calls.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "server/sources/store_score.h"
#include "server/sources/store_search.h"

namespace whyalive::sources {
namespace {

constexpr int kLibraryCall = 40;
constexpr int kWithoutImport = 10;  // nothing ties the file to that library module
constexpr int kPerIdentifier = 20;
constexpr int kMaxIdentifiers = 3;
constexpr int kQualified = 5;
constexpr int kNamedReceiver = 20;
constexpr int kMaxHops = 3;

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

// The storing functions and those of the same file that call them, by public name.
std::set<std::string, std::less<>> helperNames(const std::vector<Candidate>& stores) {
  std::set<std::string, std::less<>> names;
  for (const Candidate& store : stores) {
    if (store.role != Role::Store || store.function < 0) continue;
    if (store.score < kLowestStoreScore || !ModuleMap::isStandardLibrary(store.file->path()))
      continue;
    const FileIndex& index = store.file->index();
    std::set<int> reached = {store.function};
    for (int hop = 0; hop < kMaxHops; ++hop) {
      std::set<int> callers;
      for (const Call& call : index.calls) {
        if (call.function < 0 || reached.contains(call.function)) continue;
        const std::string_view name = lastNameOf(call.callee);
        const bool calls = std::ranges::any_of(reached, [&](int number) {
          return publicName(index, index.functions[static_cast<std::size_t>(number)]) == name;
        });
        if (calls) callers.insert(call.function);
      }
      if (callers.empty()) break;
      reached.insert(callers.begin(), callers.end());
    }
    for (const int number : reached) {
      const std::string_view name =
          publicName(index, index.functions[static_cast<std::size_t>(number)]);
      if (!name.starts_with('_') && name.size() > 1) names.emplace(name);
    }
  }
  return names;
}

bool importsModule(const SourceFile& file, const Wanted& wanted, const Search& search) {
  const std::string& module = search.modules.moduleOf(wanted.file);
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

int callScore(const SourceFile& file, const Call& call, const Wanted& wanted, bool imports,
              const Search& search) {
  int score = imports ? kLibraryCall : kWithoutImport;
  const std::string_view text = file.slice(call.range);
  int identifiers = 0;
  for (const std::string& one : search.suspect.evidence.identifiers) {
    if (identifiers < kMaxIdentifiers && mentionsWord(text, lastName(one))) ++identifiers;
  }
  score += identifiers * kPerIdentifier;
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

}  // namespace

std::vector<Candidate> findLibraryCalls(const Wanted& wanted,
                                        const std::vector<Candidate>& libraryStores,
                                        const Search& search) {
  std::vector<Candidate> found;
  const auto names = helperNames(libraryStores);
  std::set<std::string> visited;
  for (const std::string& name : names) {
    search.eachFileWith(name, [&](const SharedFile& file) {
      if (ModuleMap::isStandardLibrary(file->path())) return false;  // they come last
      if (!visited.insert(file->path()).second) return true;
      const bool imports = importsModule(*file, wanted, search);
      for (const Call& call : file->index().calls) {
        if (!names.contains(lastNameOf(call.callee))) continue;
        const int score = callScore(*file, call, wanted, imports, search);
        found.push_back({Role::Store, file, call.range, call.function, score, nullptr});
      }
      return true;
    });
  }
  // A name that many things bear proves nothing by itself.
  std::erase_if(found,
                [](const Candidate& one) { return one.score <= kWithoutImport + kQualified; });
  return found;
}

}  // namespace whyalive::sources
