#include "server/sources/judge.h"

#include <algorithm>
#include <cctype>
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

bool isNameLetter(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string_view wordAt(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, isNameLetter);
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

// One suspect against the sources and what the heap answers about its owner.
class Bounds {
 public:
  Bounds(const heap::Suspect& suspect, SourceIndex& index, const HeapAnswers& heap)
      : suspect_(suspect), index_(index), heap_(heap), name_(writtenName(suspect.holder)) {}

  // The store's function measures the container and takes something out when it is full.
  bool evicts(const Location& store) const {
    const auto file = index_.file(store.file);
    if (!file) return false;
    const std::set<int> functions = reachedFrom(file->index(), store);
    return std::ranges::any_of(file->index().uses, [&](const Use& measure) {
      return measure.kind == UseKind::Measure && measure.target.name == name_ &&
             functions.contains(measure.function) && removesAt(*file, measure, functions) &&
             !comparesWithNone(*file, measure);
    });
  }

  // deque(maxlen=100), lru_cache(maxsize=10): bounded where it is made.
  bool isMadeBounded(const Location& made) const {
    for (const std::string_view word : {"maxlen=", "maxsize="}) {
      const std::size_t at = made.text.find(word);
      if (at == std::string::npos) continue;
      const std::string_view limit = std::string_view(made.text).substr(at + word.size());
      if (!limit.starts_with("None") && !mentionsNone(limit) && !mayBeNone(made, limit))
        return true;
    }
    return false;
  }

 private:
  // What is put back is moved, not removed: order[key] = order.pop(key).
  static bool isPutBack(const SourceFile& file, const Use& removal) {
    return std::ranges::any_of(file.index().uses, [&](const Use& put) {
      return put.kind == UseKind::Put && put.target.name == removal.target.name &&
             put.range.begin < removal.range.begin && removal.range.end <= put.range.end;
    });
  }

  bool removesAt(const SourceFile& file, const Use& measure, const std::set<int>& functions) const {
    return std::ranges::any_of(file.index().uses, [&](const Use& use) {
      return use.kind == UseKind::Remove && use.target.name == name_ &&
             functions.contains(use.function) &&
             use.target.keys.size() == measure.target.keys.size() && !isPutBack(file, use);
    });
  }

  // `len(self.x) > self.limit` where the process has None for the limit.
  bool comparesWithNone(const SourceFile& file, const Use& measure) const {
    const std::uint32_t line = file.lines().lineOf(measure.range.begin);
    return mentionsNone(file.line(line));
  }

  bool mentionsNone(std::string_view text) const {
    constexpr std::string_view kSelf = "self.";
    for (std::size_t at = text.find(kSelf); heap_.isNone && at != std::string_view::npos;
         at = text.find(kSelf, at + 1)) {
      const std::string_view attribute = wordAt(text.substr(at + kSelf.size()));
      if (attribute != name_ && heap_.isNone(suspect_, attribute)) return true;
    }
    return false;
  }

  // The limit is a parameter that is None unless the caller says otherwise.
  bool mayBeNone(const Location& made, std::string_view limit) const {
    const auto file = index_.file(made.file);
    if (!file) return false;
    for (const FunctionFact& function : file->index().functions) {
      if (displayName(function.qualname) != made.function) continue;
      for (const Parameter& parameter : function.parameters) {
        if (parameter.name != wordAt(limit)) continue;
        if (parameter.defaultValue.kind == ValueKind::NoneLiteral) return true;
      }
    }
    return false;
  }

  const heap::Suspect& suspect_;
  SourceIndex& index_;
  const HeapAnswers& heap_;
  std::string name_;
};

// Where one of the stores never evicts, those that do are not what leaks.
void dropEvicting(std::vector<Location>& locations, const Bounds& bounds) {
  const auto isStore = [](const Location& one) { return one.role == Role::Store; };
  const auto leaks = [&](const Location& one) { return isStore(one) && !bounds.evicts(one); };
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
bool allEvict(std::span<const Location> locations, const Bounds& bounds) {
  const Location* best = nullptr;
  for (const Location& one : locations) {
    if (one.role != Role::Store) continue;
    if (best == nullptr) best = &one;
    if (one.score < best->score - kAsGood) break;
    if (!bounds.evicts(one)) return false;
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
                SourceIndex& index, const HeapAnswers& heap) {
  const Bounds bounds(suspect, index, heap);
  const heap::Holder& holder = suspect.holder;
  bool defined = false;
  bool filled = false;
  for (const Location& one : locations) {
    if (one.role == Role::Define) defined = true;
    if ((one.role == Role::Define || one.role == Role::Decorator) && bounds.isMadeBounded(one)) {
      return Judgement::Bounded;
    }
    // A script's own loop at module level fills while the program runs.
    const bool atImport = one.function.empty() && holder.module != "__main__";
    if (isFilling(one.role) && !atImport) filled = true;
  }
  if (allEvict(locations, bounds)) return Judgement::Bounded;
  // Without the line that makes it the source was not found, which clears nothing.
  if (isNamed(holder.owner) && defined && !filled) return Judgement::Static;
  return Judgement::Open;
}

Result<std::vector<LocatedSuspect>> locateSuspects(std::span<const ModuleFile> modules,
                                                   std::vector<heap::Suspect> suspects,
                                                   SourceIndex& index, const RunControl& control,
                                                   const HeapAnswers& heap,
                                                   ClearedHolders* cleared) {
  std::vector<LocatedSuspect> located;
  for (std::size_t i = 0; i < suspects.size(); ++i) {
    const double done = static_cast<double>(i) / static_cast<double>(suspects.size());
    if (!control.keepGoing("finding lines", done)) {
      return fail(ErrorCode::Cancelled, "the search for lines was cancelled");
    }
    heap::Suspect& suspect = suspects[i];
    std::vector<Location> locations = locate(suspect, modules, index, control);
    if (locations.empty() && heap.lines) locations = heap.lines(suspect);
    dropEvicting(locations, Bounds(suspect, index, heap));
    const Judgement judgement = judge(suspect, locations, index, heap);
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
