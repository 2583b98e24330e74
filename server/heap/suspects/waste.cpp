#include "server/heap/suspects/waste.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "server/heap/expression.h"
#include "server/heap/sha1.h"
#include "server/heap/suspects/candidate.h"
#include "server/heap/suspects/describe.h"
#include "server/heap/suspects/evidence.h"

namespace whyalive::heap {
namespace {

constexpr int kClimbed = 64;  // steps of a path from its end; lists of links are longer

// The container before it on its way from the roots that has most entries.
ObjectIndex containerOf(const Ground& ground, ObjectIndex o) {
  const Paths& paths = ground.analysis().paths();
  ObjectIndex most = kNoObject;
  std::uint32_t entries = 0;
  for (int i = 0; i < kClimbed && !paths.isStart(o); ++i) {
    o = paths.parent(o);
    const std::uint32_t here = ground.graph().entryCount(o);
    if (ground.isProgram(o) || here <= entries) continue;
    if (ground.isNamespace(o) && here < threshold::kContainerFanOut) continue;
    most = o;
    entries = here;
  }
  return most;
}

struct Place {
  std::uint64_t votes = 0;
  ObjectIndex largest = kNoObject;
};

std::optional<Place> placeOf(const Ground& ground, PathTree& tree, const Wasted& wasted) {
  std::map<PathNode, Place> places;
  for (const ObjectIndex o : wasted.samples) {
    const ObjectIndex container = containerOf(ground, o);
    if (container == kNoObject) continue;
    Place& place = places[tree.of(container)];
    ++place.votes;
    const bool larger = place.largest == kNoObject || ground.graph().entryCount(container) >
                                                          ground.graph().entryCount(place.largest);
    if (larger) place.largest = container;
  }
  const auto best =
      std::ranges::max_element(places, {}, [](const auto& one) { return one.second.votes; });
  if (best == places.end()) return std::nullopt;
  return best->second;
}

Suspect describe(const Ground& ground, PathTree& tree, const Wasted& wasted, const Place& place) {
  Suspect suspect;
  suspect.kind = SuspectKind::Waste;
  suspect.holder = describeHolder(ground.analysis(), place.largest);
  suspect.title = wasted.what + ", most of them in " + holderName(suspect.holder);
  // Another one than the container's own: to expect what it holds is not to expect the waste.
  suspect.signature = sha1Hex(tree.text(tree.of(place.largest)) + "waste\n" + wasted.type);
  suspect.types = {{wasted.type, wasted.count, wasted.bytes}};
  suspect.count = wasted.count;
  suspect.retained = wasted.bytes;
  suspect.note = wasted.note;
  suspect.evidence = evidenceOf(ground, place.largest);
  return suspect;
}

}  // namespace

std::vector<Suspect> findWaste(const Ground& ground, PathTree& tree, Bytes least) {
  std::vector<Wasted> found;
  findCopies(ground, least, found);
  findEmpty(ground, least, found);
  std::ranges::stable_sort(found, std::greater{}, &Wasted::bytes);
  std::vector<Suspect> suspects;
  for (const Wasted& wasted : found) {
    if (const auto place = placeOf(ground, tree, wasted)) {
      suspects.push_back(describe(ground, tree, wasted, *place));
    }
  }
  return suspects;
}

}  // namespace whyalive::heap
