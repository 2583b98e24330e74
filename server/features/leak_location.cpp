#include "server/features/leak_location.h"

#include <algorithm>

namespace whyalive::features {
namespace {

const sources::Location* firstOf(const sources::LocatedSuspect& suspect, sources::Role role) {
  auto found = std::ranges::find(suspect.locations, role, &sources::Location::role);
  return found == suspect.locations.end() ? nullptr : &*found;
}

}  // namespace

const sources::Location* leakLocation(const sources::LocatedSuspect& suspect) {
  if (const sources::Location* store = firstOf(suspect, sources::Role::Store)) return store;
  return suspect.locations.empty() ? nullptr : &suspect.locations.front();
}

const sources::Location* holderLocation(const sources::LocatedSuspect& suspect) {
  const sources::Location* define = firstOf(suspect, sources::Role::Define);
  return define ? define : leakLocation(suspect);
}

}  // namespace whyalive::features
