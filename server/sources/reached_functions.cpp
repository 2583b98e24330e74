#include "server/sources/reached_functions.h"

#include <algorithm>
#include <cctype>

#include "server/sources/mutators.h"
#include "server/sources/scopes.h"
#include "server/sources/store_score.h"
#include "server/sources/store_search.h"
#include "server/sources/value_types.h"

namespace whyalive::sources {
namespace {

constexpr int kMaxHops = 6;              // logging: emit, handle, callHandlers, handle, _log, info
constexpr std::size_t kMaxReached = 60;  // more: the name is too common to follow
constexpr std::size_t kMaxFiles = 24;
constexpr std::size_t kTellingLetters = 4;  // of the last word of a class's name

std::string innerPackage(const std::string& module) { return module.substr(0, module.rfind('.')); }

// A method that every container has: away from the store such a call is most likely of one.
bool isCommonName(std::string_view name) { return name == "get" || mutatorMethod(name) != nullptr; }

// What objects of the class are usually called: "store" for CollectionStore; "" where that is
// short.
std::string lastWordOf(std::string_view cls) {
  std::size_t begin = cls.size();
  while (begin > 0 && std::isupper(static_cast<unsigned char>(cls[begin - 1])) == 0) --begin;
  std::string word(cls.substr(begin == 0 ? 0 : begin - 1));
  if (word.size() < kTellingLetters) return {};
  word[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(word[0])));
  return word;
}

bool isCalledLike(std::string_view name, std::string_view cls) {
  while (name.starts_with('_')) name.remove_prefix(1);
  return !name.empty() && name == lastWordOf(cls);
}

const FunctionFact& outermost(const FileIndex& index, int number) {
  while (functionAt(index, number).outer >= 0) number = functionAt(index, number).outer;
  return functionAt(index, number);
}

// @parent.setter
bool isSetter(const FunctionFact& function) {
  return std::ranges::any_of(function.decorators, [&](const Decorator& one) {
    return one.path.base == function.name && lastNameOf(one.path) == "setter";
  });
}

}  // namespace

std::string_view lastNameOf(const Path& path) {
  if (path.accesses.empty()) return path.base;
  const Access& last = path.accesses.back();
  return last.kind == AccessKind::Attribute ? last.name : std::string_view{};
}

std::string_view publicName(const FileIndex& index, const FunctionFact& function) {
  if (function.cls >= 0 && (function.name == "__init__" || function.name == "__new__")) {
    return index.classes[static_cast<std::size_t>(function.cls)].name;
  }
  return function.name;
}

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

ReachedFunctions::ReachedFunctions(const std::vector<Candidate>& stores, IsLibrary isLibrary,
                                   const Search& search)
    : isLibrary_(isLibrary), search_(search) {
  for (const Candidate& store : stores) {
    if (store.role != Role::Store || store.function < 0 || store.score < kLowestStoreScore)
      continue;
    if (isLibrary_(store.file->path())) reach(store.file, store.function);
  }
  if (reached_.empty()) return;
  collectPaths(stores);
  for (int hop = 0; hop < kMaxHops && reached_.size() < kMaxReached; ++hop) {
    if (!addCallers()) break;
  }
  collectMakers();
}

void ReachedFunctions::reach(const SharedFile& file, int number) {
  if (!reached_.insert({file.get(), number}).second) return;
  const FileIndex& index = file->index();
  const FunctionFact& function = functionAt(index, number);
  const std::string_view name = publicName(index, function);
  if (function.cls >= 0) {
    const std::string_view cls = index.classes[static_cast<std::size_t>(function.cls)].name;
    // obj[key] = value calls the method of the class that the attribute was made as.
    if (name == "__setitem__") itemClasses_.emplace(cls);
    if (name == "__call__") callables_.emplace(cls);
    if (name == "__iadd__") operators_.emplace("+=");
    if (name == "__ior__") operators_.emplace("|=");
    if (isSetter(function)) setters_.emplace(name);
  }
  if (called_.emplace(name).second) fresh_.emplace_back(name);
  if (!name.starts_with('_') && name.size() > 1) names_.emplace(name);
  // What makes a function hands it on, to be called under any name.
  if (function.outer >= 0) reach(file, function.outer);
}

// The storing files and their neighbours (`logging.handlers` beside `logging`): those of the same
// inner package first, for a package may have hundreds.
void ReachedFunctions::collectPaths(const std::vector<Candidate>& stores) {
  Names own, inner, outer;
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
void ReachedFunctions::readFiles() {
  const std::vector<std::string> fresh = std::exchange(fresh_, {});
  for (const auto& [path, near] : paths_) {
    if (files_.size() >= kMaxFiles) return;
    const bool mentions =
        std::ranges::any_of(fresh, [&, &path = path, &near = near](const std::string& name) {
          return (near || !isCommonName(name)) && search_.index.mentions(path, name);
        });
    if (!mentions && !mentionsItemClass(path)) continue;
    const SharedFile file = search_.index.file(path);
    if (!file || std::ranges::find(files_, file, &Read::file) != files_.end()) continue;
    files_.push_back({file, near});
  }
}

bool ReachedFunctions::mentionsItemClass(const std::string& path) const {
  return std::ranges::any_of(itemClasses_, [&](const std::string& name) {
    const std::string word = lastWordOf(name);
    return search_.index.mentions(path, name) ||
           (!word.empty() &&
            (search_.index.mentions(path, word) || search_.index.mentions(path, "_" + word)));
  });
}

// Where nothing in the file tells what the attribute is, but it is called like such a class.
bool ReachedFunctions::isCalledLikeItemClass(const FileIndex& index, const Use& store) const {
  const std::string_view name = lastNameOf(store.path);
  const bool fits = std::ranges::any_of(
      itemClasses_, [&](const std::string& cls) { return isCalledLike(name, cls); });
  if (!fits) return false;
  Value attribute;
  attribute.kind = ValueKind::Path;
  attribute.path = store.path;
  return !guessType(index, attribute, {store.function, store.cls, store.range.begin}).known();
}

// obj.attribute[key] = value, where this file makes the attribute as one of these classes.
bool ReachedFunctions::storesIntoItemClass(const FileIndex& index, const Use& store) const {
  if (store.kind != UseKind::Put || store.how != "[]" || store.function < 0) return false;
  const bool made = std::ranges::any_of(index.uses, [&](const Use& one) {
    const Path& path = one.value.path;
    if (one.kind != UseKind::Define || one.target.name != store.target.name) return false;
    if (one.value.kind != ValueKind::Path || !path.isCall()) return false;
    const std::string_view cls =
        path.accesses.size() == 1 ? path.base : path.accesses[path.accesses.size() - 2].name;
    return itemClasses_.contains(cls);
  });
  return made || isCalledLikeItemClass(index, store);
}

bool ReachedFunctions::addCallers() {
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

// def task(self): def decorate(function): return Task(function)
void ReachedFunctions::collectMakers() {
  if (callables_.empty()) return;
  for (const Read& read : files_) {
    const FileIndex& index = read.file->index();
    for (const Call& call : index.calls) {
      if (call.function < 0 || !callables_.contains(lastNameOf(call.callee))) continue;
      const FunctionFact& maker = outermost(index, call.function);
      if (!maker.name.starts_with('_')) makers_.emplace(maker.name);
    }
  }
}

}  // namespace whyalive::sources
