#include "server/heap/select.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "server/heap/code_names.h"
#include "server/heap/nearest_name.h"
#include "server/heap/statistics_index.h"

namespace whyalive::heap {
namespace {

constexpr std::uint32_t kCheckEvery = 1u << 19;  // objects between two looks at RunControl

// Each name once.
std::set<std::string_view> typeNames(const Analysis& analysis) {
  std::set<std::string_view> names;
  for (std::uint32_t t = 0; t < analysis.graph().typeCount(); ++t) {
    names.insert(analysis.graph().typeName(TypeIndex{t}));
  }
  return names;
}

// Of equally near names that of most objects is meant.
std::unexpected<Error> noSuchType(const Analysis& analysis, std::string_view name) {
  std::map<std::string_view, std::uint64_t> counts;
  for (std::uint32_t t = 0; t < analysis.graph().typeCount(); ++t) {
    counts[analysis.graph().typeName(TypeIndex{t})] +=
        analysis.statistics().instances(TypeIndex{t}).count;
  }
  std::vector<std::string_view> known;
  for (const auto& [type, count] : counts) known.push_back(type);
  std::ranges::stable_sort(known, std::greater{}, [&](auto type) { return counts[type]; });
  const std::string nearest(nearestName(name, known));
  return fail(ErrorCode::NotFound, "the snapshot has no type " + std::string(name),
              nearest.empty() ? "see `whyalive heap --by type` for the types there are"
                              : "did you mean " + nearest + "?");
}

// Types of this full name, or of this last part when all that are called so have one full name.
Result<std::vector<TypeIndex>> typesCalled(const Analysis& analysis, std::string_view name) {
  std::vector<TypeIndex> types = analysis.graph().typesNamed(name);
  if (!types.empty()) return types;
  std::set<std::string_view> full;
  for (const std::string_view known : typeNames(analysis)) {
    if (lastPart(known) == name) full.insert(known);
  }
  if (full.empty()) return noSuchType(analysis, name);
  if (full.size() > 1) {
    std::string list;
    for (const std::string_view one : full) list += (list.empty() ? "" : ", ") + std::string(one);
    return fail(ErrorCode::InvalidArgument, "several types are called " + std::string(name),
                "give one of " + list);
  }
  return analysis.graph().typesNamed(*full.begin());
}

}  // namespace

Result<std::vector<ObjectIndex>> objectsOfType(const Analysis& analysis, std::string_view name,
                                               const RunControl& control) {
  const Result<std::vector<TypeIndex>> types = typesCalled(analysis, name);
  if (!types) return std::unexpected(types.error());
  const HeapGraph& graph = analysis.graph();
  std::vector<bool> ofType(graph.typeCount());
  for (const TypeIndex t : *types) ofType[raw(t)] = true;
  // Shapes are few, and a byte for each stays in the cache.
  const Snapshot& snapshot = graph.snapshot();
  std::vector<std::uint8_t> wanted;
  for (const ShapeRecord& shape : snapshot.shapes)
    wanted.push_back(ofType[raw(shape.type)] ? 1 : 0);
  std::vector<ObjectIndex> objects;
  for (std::uint32_t o = 0; o < graph.objectCount(); ++o) {
    if (o % kCheckEvery == 0 && !control.keepGoing("choosing objects", 0)) {
      return fail(ErrorCode::Cancelled, "choosing objects was cancelled");
    }
    if (wanted[snapshot.shape[o]] != 0) objects.push_back(ObjectIndex{o});
  }
  return objects;
}

Result<ObjectIndex> objectWithId(const Analysis& analysis, std::uint64_t id) {
  if (id < analysis.graph().objectCount()) return ObjectIndex{static_cast<std::uint32_t>(id)};
  return fail(ErrorCode::NotFound, "the snapshot has no object " + std::to_string(id),
              "ids go from 0 to " + std::to_string(analysis.graph().objectCount() - 1) +
                  " and mean something only within one snapshot");
}

Result<ObjectIndex> objectAtAddress(const Analysis& analysis, std::uint64_t address) {
  if (const auto o = analysis.graph().objectAt(address)) return *o;
  return fail(ErrorCode::NotFound, "the snapshot has no object at this address",
              "addresses are those of id() in the process when the snapshot was taken");
}

}  // namespace whyalive::heap
