#include "server/sources/locate.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "server/sources/allocations.h"
#include "server/sources/anchor.h"
#include "server/sources/candidate.h"
#include "server/sources/cleanup.h"
#include "server/sources/decorated_calls.h"
#include "server/sources/function_places.h"
#include "server/sources/library_calls.h"
#include "server/sources/registrations.h"
#include "server/sources/store_score.h"
#include "server/sources/store_search.h"

namespace whyalive::sources {
namespace {

using heap::OwnerKind;

constexpr std::size_t kMostStores = 12;
constexpr std::size_t kMostDefinitions = 2;
constexpr std::size_t kStoresLookedInto = 3;  // for captures
constexpr int kNearlyAsGood = 8;
constexpr int kMostOfJoint = 30;        // where the first holder has no line
constexpr int kMaxGap = 20;             // below the best store by more: noise
constexpr std::size_t kRebindings = 3;  // so many places that bind a value anew tell nothing

// Reading order of an answer: what keeps things first, then where the holder is made, then hints.
int orderOf(Role role) {
  switch (role) {
    case Role::Store:
    case Role::Capture:
    case Role::Suspend:
    case Role::Decorator: return 0;
    case Role::Define: return 1;
    case Role::Cleanup: return 2;
    case Role::Allocate: return 3;
  }
  return 4;
}

bool fillsLater(const Candidate& one) {
  if (one.role != Role::Store || one.function < 0 || one.score < kLowestStoreScore) return false;
  const FileIndex& index = one.file->index();
  return !isConstructor(index.functions[static_cast<std::size_t>(one.function)].name);
}

// All that the source of an installed package does is to bind the name to other values: a frame's
// blocks, a matrix's buffer. None of these lines keeps the value; the program's name for it does.
bool onlyRebinds(const std::vector<Candidate>& stores) {
  std::size_t count = 0;
  for (const Candidate& one : stores) {
    if (one.role != Role::Store || one.score < kLowestStoreScore) continue;
    const bool binds = one.use != nullptr && one.use->kind == UseKind::Define;
    if (!binds || !ModuleMap::isInstalled(one.file->path())) return false;
    ++count;
  }
  return count > kRebindings;
}

void addNamedHolder(std::vector<Candidate>& found, const heap::Holder& holder,
                    const Search& search) {
  const Wanted wanted = wantedOf(holder, search);
  std::vector<Candidate> stores = findStores(wanted, search);
  for (const Wanted& hidden : hiddenWanted(holder, search)) {
    std::ranges::move(findStores(hidden, search), std::back_inserter(stores));
  }
  if (std::ranges::none_of(stores, fillsLater)) {
    for (const Wanted& second : aliasedWanted(wanted, search)) {
      std::ranges::move(findStores(second, search), std::back_inserter(stores));
    }
  }
  if (wanted.inLibrary) {
    const std::vector<Wanted> outers = outerWanted(holder, search);
    for (const Wanted& outer : outers) {
      std::ranges::move(findStores(outer, search), std::back_inserter(found));
    }
    std::ranges::move(findLibraryCalls(wanted, stores, search), std::back_inserter(found));
    const bool told = std::ranges::any_of(found, [](const Candidate& one) {
      return one.role == Role::Store && one.score >= kLowestStoreScore;
    });
    for (const Wanted& outer : outers) {
      if (!told && outer.depth == 0)
        std::ranges::move(findCallsOn(outer, search), std::back_inserter(found));
    }
  }
  if (onlyRebinds(stores)) stores.clear();
  if (!wanted.inLibrary && std::ranges::none_of(stores, fillsLater)) {
    // Only its constructor binds it: a value made anew each time, kept under an outer name.
    for (const Wanted& outer : outerWanted(holder, search)) {
      std::ranges::move(findStores(outer, search), std::back_inserter(found));
    }
  }
  std::vector<Candidate> calls = findProgramCalls(found.empty() ? stores : found, search);
  std::ranges::move(calls, std::back_inserter(found));
  std::ranges::move(findDecoratedCalls(holder, stores, search), std::back_inserter(found));
  std::ranges::move(findMissingCleanups(wanted, stores, search), std::back_inserter(found));
  std::ranges::move(stores, std::back_inserter(found));
}

// The same objects are kept there, too: its lines come behind the first holder's.
void addJointHolder(std::vector<Candidate>& found, const heap::Holder& joint,
                    const Search& search) {
  std::vector<Candidate> also;
  if (joint.owner == OwnerKind::Attribute || joint.owner == OwnerKind::ClassAttribute ||
      joint.owner == OwnerKind::Global) {
    addNamedHolder(also, joint, search);
  } else if (joint.owner != OwnerKind::Native) {
    also = findFunctionPlaces(joint, search);
  }
  const auto bestOf = [](const std::vector<Candidate>& all, int otherwise) {
    int best = kLowestStoreScore - 1;
    for (const Candidate& one : all) {
      if (orderOf(one.role) == 0) best = std::max(best, one.score);
    }
    return best < kLowestStoreScore ? otherwise : best;
  };
  const int tooGood = bestOf(also, 0) - bestOf(found, kMostOfJoint);
  for (Candidate& one : also) one.score -= std::max(tooGood, 0) + 1;
  std::ranges::move(also, std::back_inserter(found));
}

bool holdsFunctions(const heap::Evidence& evidence) {
  const auto speaksOfFunctions = [](std::string_view text) {
    return text.find("function") != std::string_view::npos ||
           text.find("method") != std::string_view::npos;
  };
  return std::ranges::any_of(evidence.entryTypes,
                             [&](const auto& one) { return speaksOfFunctions(one.type); }) ||
         std::ranges::any_of(evidence.entryShapes, speaksOfFunctions);
}

void addCaptures(std::vector<Candidate>& found, const Search& search) {
  if (!holdsFunctions(search.suspect.evidence)) return;
  std::vector<Candidate> stores;
  for (const Candidate& one : found) {
    if (one.role == Role::Store && one.use != nullptr) stores.push_back(one);
  }
  std::ranges::stable_sort(stores, std::greater{}, &Candidate::score);
  if (stores.size() > kStoresLookedInto) stores.resize(kStoresLookedInto);
  for (const Candidate& store : stores) {
    if (store.score < 0) continue;
    std::ranges::move(capturesOf(store), std::back_inserter(found));
  }
}

std::vector<Location> ranked(std::vector<Candidate> found) {
  std::erase_if(found, [](const Candidate& one) {
    return one.role == Role::Store && one.score < kLowestStoreScore;
  });
  std::ranges::stable_sort(found, [](const Candidate& a, const Candidate& b) {
    return std::tuple(orderOf(a.role), -a.score) < std::tuple(orderOf(b.role), -b.score);
  });
  // What the library does inside is of no use beside the line that made it do so.
  const auto outside = [](const Candidate& one) {
    return orderOf(one.role) == 0 && !ModuleMap::isStandardLibrary(one.file->path());
  };
  if (std::ranges::any_of(found, outside)) {
    std::erase_if(found,
                  [&](const Candidate& one) { return one.role == Role::Store && !outside(one); });
  }
  int best = kLowestStoreScore;
  for (const Candidate& one : found) {
    if (orderOf(one.role) == 0) best = std::max(best, one.score);
  }
  // A statement that changes the held container makes those on containers around it noise.
  const auto onTheHeld = [&](const Candidate& one) {
    return one.role == Role::Store && !one.elsewhere && one.score >= best - kNearlyAsGood;
  };
  if (std::ranges::any_of(found, onTheHeld)) {
    std::erase_if(found,
                  [](const Candidate& one) { return one.role == Role::Store && one.elsewhere; });
  }
  std::vector<Location> locations;
  std::set<std::tuple<std::string_view, std::uint32_t, bool>> seen;
  std::size_t stores = 0;
  std::size_t definitions = 0;
  for (const Candidate& one : found) {
    if (orderOf(one.role) == 0 && one.score < best - kMaxGap) continue;
    if (one.role == Role::Store && ++stores > kMostStores) continue;
    if (one.role == Role::Define && ++definitions > kMostDefinitions) continue;
    if (one.role == Role::Allocate && locations.size() >= kMostStores) continue;
    Location location = toLocation(one);
    const bool defines = one.role == Role::Define;
    if (!seen.insert({one.file->path(), location.line, defines}).second) continue;
    locations.push_back(std::move(location));
  }
  return locations;
}

}  // namespace

Location toLocation(const Candidate& candidate) {
  const SourceFile& file = *candidate.file;
  const TextRange range = file.range(candidate.range);
  Location location;
  location.role = candidate.role;
  location.file = file.path();
  location.line = range.begin.line + 1;
  location.column = range.begin.column + 1;
  location.endLine = range.end.line + 1;
  location.endColumn = range.end.column + 1;
  if (candidate.function >= 0) {
    location.function =
        displayName(file.index().functions[static_cast<std::size_t>(candidate.function)].qualname);
  }
  location.text = trimmedLine(file.line(range.begin.line));
  location.score = candidate.score;
  return location;
}

std::string_view toString(Role role) {
  switch (role) {
    case Role::Define: return "define";
    case Role::Store: return "store";
    case Role::Capture: return "capture";
    case Role::Suspend: return "suspend";
    case Role::Decorator: return "decorator";
    case Role::Allocate: return "allocate";
    case Role::Cleanup: return "cleanup";
  }
  return "store";
}

std::vector<Location> locate(const heap::Suspect& suspect, std::span<const ModuleFile> modules,
                             SourceIndex& index, const RunControl& control) {
  const ModuleMap map(modules, index);
  const Search search{suspect, map, index, control};
  std::vector<Candidate> found;
  switch (suspect.holder.owner) {
    case OwnerKind::Attribute:
    case OwnerKind::ClassAttribute:
    case OwnerKind::Global: addNamedHolder(found, suspect.holder, search); break;
    case OwnerKind::Closure:
    case OwnerKind::Local:
    case OwnerKind::Memo:
    case OwnerKind::Default:
      found = findFunctionPlaces(suspect.holder, search);
      std::ranges::move(findDecoratedCalls(suspect.holder, found, search),
                        std::back_inserter(found));
      break;
    case OwnerKind::Native: addNamedHolder(found, suspect.holder, search); break;
  }
  if (found.empty()) std::ranges::move(findModuleMakers(search), std::back_inserter(found));
  if (!suspect.holder.steps.empty() &&
      suspect.holder.steps.front().kind == heap::StepKind::Native) {
    std::ranges::move(findRegistrations(search), std::back_inserter(found));
  }
  for (const heap::Holder& joint : suspect.jointHolders) addJointHolder(found, joint, search);
  addCaptures(found, search);
  if (suspect.kind == heap::SuspectKind::GarbageCycle) {
    std::ranges::move(findCollectorSwitches(search), std::back_inserter(found));
    std::ranges::move(findBackReferences(search), std::back_inserter(found));
  }
  if (found.empty() || suspect.kind == heap::SuspectKind::GarbageCycle) {
    std::ranges::move(findAllocations(search), std::back_inserter(found));
  }
  return ranked(std::move(found));
}

}  // namespace whyalive::sources
