#include "server/heap/select.h"

#include <algorithm>
#include <numeric>
#include <set>
#include <string>

namespace whyalive::heap {
namespace {

std::string_view lastPart(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

std::size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, replaced}));
    }
  }
  return row[b.size()];
}

// Types that have instances, each name once.
std::set<std::string_view> typeNames(const Analysis& analysis) {
  std::set<std::string_view> names;
  for (std::uint32_t t = 0; t < analysis.graph().typeCount(); ++t) {
    names.insert(analysis.graph().typeName(TypeIndex{t}));
  }
  return names;
}

std::unexpected<Error> noSuchType(const Analysis& analysis, std::string_view name) {
  std::string nearest;
  std::size_t best = std::max<std::size_t>(name.size() / 2, 2);
  for (const std::string_view known : typeNames(analysis)) {
    const std::size_t distance =
        std::min(editDistance(name, known), editDistance(lastPart(name), lastPart(known)));
    if (distance >= best) continue;
    best = distance;
    nearest = known;
  }
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

Result<std::vector<ObjectIndex>> objectsOfType(const Analysis& analysis, std::string_view name) {
  const Result<std::vector<TypeIndex>> types = typesCalled(analysis, name);
  if (!types) return std::unexpected(types.error());
  const HeapGraph& graph = analysis.graph();
  std::vector<bool> wanted(graph.typeCount());
  for (const TypeIndex t : *types) wanted[raw(t)] = true;
  std::vector<ObjectIndex> objects;
  for (std::uint32_t o = 0; o < graph.objectCount(); ++o) {
    if (wanted[raw(graph.type(ObjectIndex{o}))]) objects.push_back(ObjectIndex{o});
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
