#include "server/sources/judge.h"

#include <algorithm>
#include <set>

#include "server/sources/anchor.h"
#include "server/sources/candidate.h"
#include "server/sources/source_file.h"
#include "server/sources/source_index.h"

namespace whyalive::sources {
namespace {

using heap::OwnerKind;

constexpr int kAsGood = 6;  // points that a bulk store or one in a loop may be below the best

// The function of the location, and those of its class or module that it calls.
std::set<int> reachedFrom(const FileIndex& index, const Location& location) {
  std::set<int> reached;
  for (std::size_t i = 0; i < index.functions.size(); ++i) {
    if (displayName(index.functions[i].qualname) == location.function) {
      reached.insert(static_cast<int>(i));
    }
  }
  const std::set<int> start = reached;
  for (const Call& call : index.calls) {
    if (!start.contains(call.function)) continue;
    const Path& callee = call.callee;
    const std::string_view name =
        callee.accesses.empty() ? callee.base : callee.accesses.back().name;
    const int cls = index.functions[static_cast<std::size_t>(call.function)].cls;
    const bool own = callee.accesses.size() == 1 && callee.base == "self";
    for (std::size_t i = 0; i < index.functions.size(); ++i) {
      const FunctionFact& function = index.functions[i];
      if (function.name != name) continue;
      if ((own && function.cls == cls) || (callee.isName() && function.cls < 0)) {
        reached.insert(static_cast<int>(i));
      }
    }
  }
  return reached;
}

bool evictsWhenFull(const FileIndex& index, const Location& store, std::string_view name) {
  const std::set<int> functions = reachedFrom(index, store);
  bool measures = false;
  bool removes = false;
  for (const Use& use : index.uses) {
    if (use.target.name != name || !functions.contains(use.function)) continue;
    measures = measures || use.kind == UseKind::Measure;
    removes = removes || use.kind == UseKind::Remove;
  }
  return measures && removes;
}

// deque(maxlen=100), lru_cache(maxsize=10): bounded where it is made.
bool madeBounded(std::string_view text) {
  for (const std::string_view word : {"maxlen=", "maxsize="}) {
    const std::size_t at = text.find(word);
    if (at != std::string_view::npos && !text.substr(at + word.size()).starts_with("None")) {
      return true;
    }
  }
  return false;
}

bool evicts(const Location& store, std::string_view name, SourceIndex& index) {
  const auto file = index.file(store.file);
  return file && evictsWhenFull(file->index(), store, name);
}

// Where one of the stores never evicts, those that do are not what leaks.
void dropEvicting(std::vector<Location>& locations, std::string_view name, SourceIndex& index) {
  const auto isStore = [](const Location& one) { return one.role == Role::Store; };
  const auto leaks = [&](const Location& one) { return isStore(one) && !evicts(one, name, index); };
  if (std::ranges::none_of(locations, leaks)) return;
  std::erase_if(locations, [&](const Location& one) { return isStore(one) && !leaks(one); });
}

// Its entries go when the objects go that something else keeps.
bool followsOthers(const heap::Holder& holder) {
  return holder.owner == OwnerKind::Attribute && !holder.mro.empty() &&
         (holder.mro.front().qualname == "WeakSet" ||
          holder.mro.front().qualname == "WeakValueDictionary");
}

// The best store and those as good as it: one that never evicts is enough to leak.
bool allEvict(std::span<const Location> locations, std::string_view name, SourceIndex& index) {
  const Location* best = nullptr;
  for (const Location& one : locations) {
    if (one.role != Role::Store) continue;
    if (best == nullptr) best = &one;
    if (one.score < best->score - kAsGood) break;
    if (!evicts(one, name, index)) return false;
  }
  return best != nullptr;
}

bool isFilling(Role role) {
  return role == Role::Store || role == Role::Capture || role == Role::Suspend ||
         role == Role::Decorator;
}

bool isNamed(OwnerKind owner) {
  return owner == OwnerKind::Attribute || owner == OwnerKind::ClassAttribute ||
         owner == OwnerKind::Global;
}

}  // namespace

Judgement judge(const heap::Suspect& suspect, std::span<const Location> locations,
                SourceIndex& index) {
  const heap::Holder& holder = suspect.holder;
  bool defined = false;
  bool filled = false;
  for (const Location& one : locations) {
    if (one.role == Role::Define) defined = true;
    if ((one.role == Role::Define || one.role == Role::Decorator) && madeBounded(one.text)) {
      return Judgement::Bounded;
    }
    // A script's own loop at module level fills while the program runs.
    const bool atImport = one.function.empty() && holder.module != "__main__";
    if (isFilling(one.role) && !atImport) filled = true;
  }
  if (allEvict(locations, writtenName(holder), index)) return Judgement::Bounded;
  // Without the line that makes it the source was not found, which clears nothing.
  if (isNamed(holder.owner) && defined && !filled) return Judgement::Static;
  return Judgement::Open;
}

Result<std::vector<LocatedSuspect>> locateSuspects(std::span<const ModuleFile> modules,
                                                   std::vector<heap::Suspect> suspects,
                                                   SourceIndex& index, const RunControl& control,
                                                   const MoreLines& more, ClearedHolders* cleared) {
  std::vector<LocatedSuspect> located;
  for (std::size_t i = 0; i < suspects.size(); ++i) {
    const double done = static_cast<double>(i) / static_cast<double>(suspects.size());
    if (!control.keepGoing("finding lines", done)) {
      return fail(ErrorCode::Cancelled, "the search for lines was cancelled");
    }
    heap::Suspect& suspect = suspects[i];
    std::vector<Location> locations = locate(suspect, modules, index, control);
    if (locations.empty() && more) locations = more(suspect);
    dropEvicting(locations, writtenName(suspect.holder), index);
    const Judgement judgement = judge(suspect, locations, index);
    const bool fixed = judgement == Judgement::Static && !suspect.hasGrowth;
    if (judgement == Judgement::Bounded || fixed) {
      const char* const note = fixed ? "static: nothing fills it once the program runs"
                                     : "bounded: what fills it keeps it from growing";
      if (cleared != nullptr) {
        cleared->push_back({std::move(suspect.holder), suspect.retained, note});
      }
      continue;
    }
    located.push_back({std::move(suspect), std::move(locations)});
  }
  std::ranges::stable_partition(
      located, [](const LocatedSuspect& one) { return !followsOthers(one.suspect.holder); });
  std::uint32_t rank = 0;
  for (LocatedSuspect& one : located) one.suspect.rank = ++rank;
  return located;
}

}  // namespace whyalive::sources
