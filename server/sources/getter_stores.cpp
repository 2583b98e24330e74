#include "server/sources/getter_stores.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "server/sources/getters.h"
#include "server/sources/name_resolution.h"
#include "server/sources/store_score.h"

namespace whyalive::sources {
namespace {

constexpr int kMaxLocals = 3;    // sessions = table(); users = sessions; …
constexpr int kOwnDefault = 28;  // through a getter: a step less than a store into the variable

// `table("jobs")[key]` → the call, and `[key]`.
struct GetterCall {
  Access call;
  std::vector<Access> below;
};

// A function that only hands the holder out.
struct Getter {
  FoundFunction function;
  Path handed;
};

// Whether the base of the path is the getter itself, or (`member`) the module that has it.
bool isNamed(const SourceFile& file, const Path& path, bool member, const Getter& getter,
             const PathPlace& place, const Search& search) {
  const std::string_view name = getter.function.fact().name;
  const std::string& home = getter.function.file->path();
  if (file.path() == home) {
    return !member && path.base == name && isGlobal(file.index(), path.base, place.function);
  }
  return std::ranges::any_of(file.index().imports, [&](const Import& import) {
    if (import.local != path.base) return false;
    std::string module = search.modules.resolveImport(import.module, file.path());
    if (member && !import.member.empty()) module += "." + std::string(import.member);
    return (member || import.member == name) && search.modules.fileOf(module) == home;
  });
}

// `sessions()[key]` after `from state import sessions`, `state.sessions()[key]` after `import
// state`, `users[key]` after `users = sessions()`. Nothing for other paths.
std::optional<GetterCall> callOf(const Getter& getter, const SourceFile& file, Path path,
                                 PathPlace place, const Search& search) {
  const std::string_view name = getter.function.fact().name;
  for (int hop = 0; hop < kMaxLocals; ++hop) {
    const bool member = path.accesses.size() > 1 && path.accesses[0].name == name;
    const std::size_t call = member ? 1 : 0;
    if (path.accesses.size() > call && path.accesses[call].kind == AccessKind::Call &&
        isNamed(file, path, member, getter, place, search)) {
      return GetterCall{
          path.accesses[call],
          {path.accesses.begin() + static_cast<std::ptrdiff_t>(call) + 1, path.accesses.end()}};
    }
    const Value* bound = bindingOf(file.index(), path.base, place);
    if (bound == nullptr || bound->kind != ValueKind::Path || bound->path.base.empty()) return {};
    Path longer = bound->path;
    longer.accesses.insert(longer.accesses.end(), path.accesses.begin(), path.accesses.end());
    path = normalised(longer);
  }
  return {};
}

// A string literal that the getter's first parameter is by default; the text of "" otherwise.
std::string_view defaultText(const Getter& getter) {
  const FunctionFact& fact = getter.function.fact();
  if (fact.parameters.empty() || fact.parameters[0].defaultValue.kind != ValueKind::Str) return {};
  const std::string_view written = getter.function.file->slice(fact.parameters[0].range);
  const std::size_t equals = written.find('=');
  return equals == std::string_view::npos ? std::string_view{} : written.substr(equals + 1);
}

// The keys below the holder's name: those the getter adds, then those behind its call.
std::vector<std::string_view> keysBelow(const Getter& getter, GetterCall called) {
  if (called.call.name.empty()) called.call.name = defaultText(getter);
  Path handed = getter.handed;
  passArgument(handed, getter.function.fact(), called.call);
  std::vector<std::string_view> keys;
  for (const Access& one : handed.accesses) {
    if (one.kind == AccessKind::Item) keys.push_back(one.name);
  }
  for (const Access& one : called.below) keys.push_back(one.name);
  return keys;
}

// Stores through the getter, in all files but the home of a global, where name_resolution.h sees
// through it.
void addStoresThrough(std::vector<Candidate>& found, const Wanted& wanted, const Getter& getter,
                      const Target& itself, Relation relation, const Search& search) {
  search.eachFileWith(getter.function.fact().name, [&](const SharedFile& file) {
    if (wanted.owner == heap::OwnerKind::Global && file == getter.function.file) return true;
    for (const Use& use : file->index().uses) {
      if (use.function < 0) continue;
      auto called =
          callOf(getter, *file, use.path, {use.function, use.cls, use.range.begin}, search);
      if (!called) continue;
      Use through = use;
      through.target = itself;
      through.target.keys = keysBelow(getter, std::move(*called));
      if (!isGrowing(wanted, through) || !methodFits(wanted, through)) continue;
      const int score = scoreStore(wanted, *file, through, relation, search);
      found.push_back({Role::Store, file, use.range, use.function, score, &use});
      found.back().elsewhere = !changesTheHeld(wanted, through);
    }
    return true;
  });
}

}  // namespace

void addGetterStores(std::vector<Candidate>& found, const Wanted& wanted, const Search& search) {
  if (wanted.isOuter || wanted.file.empty() || !wanted.classes.empty()) return;
  const SharedFile home = search.index.file(wanted.file);
  if (!home) return;
  for (std::size_t i = 0; i < home->index().functions.size(); ++i) {
    const int number = static_cast<int>(i);
    const std::optional<Path> handed = handedOutGlobal(home->index(), number);
    if (!handed) continue;
    Use itself;
    itself.target = resolve(home->index(), *handed, {number, -1, 0});
    if (itself.target.name != wanted.name) continue;
    Relation relation = relate(wanted, *home, itself, search);
    if (!relation.possible || relation.score <= 0) continue;
    relation.score += points::kPerMroStep;
    addStoresThrough(found, wanted, {{home, number}, *handed}, itself.target, relation, search);
  }
}

void addDefaultGetterStores(std::vector<Candidate>& found, const FoundFunction& function,
                            const heap::Holder& holder, const Search& search) {
  const std::optional<Path> handed =
      handedOutDefault(function.file->index(), function.number, holder.name);
  if (!handed) return;
  Wanted wanted;
  wanted.owner = heap::OwnerKind::Default;
  wanted.name = holder.name;
  wanted.type = holder.type;
  wanted.file = function.file->path();
  bool below = false;
  for (const heap::Step& step : holder.steps) {
    const bool isKey = step.kind == heap::StepKind::Key;
    if (below) wanted.lastKey = isKey ? literalKey(step.name) : std::string{};
    if (below && (isKey || step.kind == heap::StepKind::Index)) ++wanted.depth;
    below = below || step.kind == heap::StepKind::Default;
  }
  Target itself;
  itself.kind = TargetKind::Parameter;
  itself.name = handed->base;
  itself.function = function.number;
  addStoresThrough(found, wanted, {function, *handed}, itself, {true, kOwnDefault}, search);
}

}  // namespace whyalive::sources
