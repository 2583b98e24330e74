#include "server/heap/suspects/evidence.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "server/heap/code_names.h"

namespace whyalive::heap {
namespace {

using snapshot::kNullEdge;

constexpr std::size_t kTypesShown = 10;
constexpr std::size_t kSampledEntries = 60;
constexpr int kIdentifierDepth = 4;
constexpr std::size_t kIdentifiers = 40;
constexpr std::size_t kVisitedPerEntry = 200;
constexpr double kWholeMultiple = 0.15;  // how far "about k times the entries" may be off, per k

struct Retained {
  std::uint64_t count = 0;
  Bytes bytes = 0;
  Bytes outermost = 0;  // retained by the outermost objects of the type
  std::uint32_t insideUntil = 0;
};

using ByType = std::map<std::uint32_t, Retained>;

void addSubtree(const Ground& ground, ObjectIndex top, bool countTop, ByType& types) {
  const Dominators& dominators = ground.dominators();
  const std::uint32_t first = dominators.position(top);
  const std::uint32_t end = first + dominators.subtreeCount(top);
  for (std::uint32_t i = countTop ? first : first + 1; i < end && ground.goesOn(i); ++i) {
    const ObjectIndex o{dominators.preorder()[i]};
    if (ground.isProgram(o)) continue;
    Retained& r = types[raw(ground.graph().type(o))];
    ++r.count;
    r.bytes += ground.graph().size(o);
    if (i < r.insideUntil) continue;
    r.outermost += ground.userRetained(o);
    r.insideUntil = i + dominators.subtreeCount(o);
  }
}

// Plumbing that every program has, never what a person would call the leaked thing.
bool isPlumbing(std::string_view type) {
  constexpr std::string_view kTypes[] = {"dict", "list",  "tuple",    "set",   "str",  "int",
                                         "cell", "float", "NoneType", "bytes", "bool", "frozenset"};
  return std::ranges::find(kTypes, type) != std::end(kTypes);
}

// One or two or three … of them per entry.
bool isMultipleOf(std::uint64_t count, std::uint64_t entries) {
  if (entries == 0) return false;
  const double ratio = static_cast<double>(count) / static_cast<double>(entries);
  const double whole = std::round(ratio);
  return whole >= 1 && std::abs(ratio - whole) <= kWholeMultiple * whole;
}

std::string shapeOf(const HeapGraph& graph, ObjectIndex entry) {
  const std::string_view type = graph.typeName(entry);
  if (type != "tuple" && type != "list") return {};
  std::string shape(type);
  shape += '(';
  const auto edges = graph.rawEdges(entry);
  for (std::size_t i = 0; i < edges.size() && i < 8; ++i) {
    if (i != 0) shape += ", ";
    if (edges[i] != kNullEdge) shape += graph.typeName(ObjectIndex{edges[i]});
  }
  return shape + ")";
}

// Names of functions and classes near an entry: they tell which call stored it.
class Identifiers {
 public:
  explicit Identifiers(const Ground& ground) : ground_(ground) {}

  void collect(ObjectIndex entry) {
    std::unordered_set<std::uint32_t> seen{raw(entry)};
    std::vector<ObjectIndex> level{entry};
    for (int depth = 0; depth <= kIdentifierDepth && !level.empty(); ++depth) {
      std::vector<ObjectIndex> next;
      for (const ObjectIndex o : level) {
        name(o);
        if (ground_.isProgram(o)) continue;
        for (const std::uint32_t target : ground_.graph().rawEdges(o)) {
          if (target == kNullEdge || seen.size() > kVisitedPerEntry) continue;
          if (seen.insert(target).second) next.push_back(ObjectIndex{target});
        }
      }
      level = std::move(next);
    }
  }

  std::vector<std::string> mostFrequent() const {
    std::vector<std::pair<std::string, std::size_t>> order(counts_.begin(), counts_.end());
    std::ranges::stable_sort(order, std::greater{}, [](const auto& p) { return p.second; });
    std::vector<std::string> names;
    for (auto& [text, count] : order) {
      if (names.size() == kIdentifiers) break;
      names.push_back(std::move(text));
    }
    return names;
  }

 private:
  void name(ObjectIndex o) {
    const HeapGraph& graph = ground_.graph();
    const ObjectIndex code = graph.codeOf(o);
    if (const CodeRecord* record = code == kNoObject ? nullptr : graph.code(code)) {
      ++counts_[std::string(graph.name(record->name))];
    }
    if (ground_.isUserType(graph.type(o))) {
      ++counts_[std::string(lastPart(graph.name(graph.typeInfo(graph.type(o)).qualname)))];
    }
  }

  const Ground& ground_;
  std::map<std::string, std::size_t> counts_;
};

std::vector<std::string> namesByCount(const std::map<std::string, std::uint64_t>& counts) {
  std::vector<std::pair<std::string, std::uint64_t>> order(counts.begin(), counts.end());
  std::ranges::stable_sort(order, std::greater{}, [](const auto& p) { return p.second; });
  std::vector<std::string> names;
  for (auto& [name, count] : order) names.push_back(std::move(name));
  return names;
}

void addEntryTypes(const HeapGraph& graph, ObjectIndex holder, Evidence& evidence,
                   std::vector<ObjectIndex>& entries) {
  std::unordered_map<std::uint32_t, TypeShare> types;
  std::map<std::string, std::uint64_t> keys;
  const auto edges = graph.rawEdges(holder);
  const bool dict = graph.isDict(holder);
  const std::size_t first = graph.shape(holder).labels.size();
  const std::size_t end = dict ? first + 2 * graph.entryCount(holder) : edges.size();
  for (std::size_t i = first; i < end; ++i) {
    if (edges[i] == kNullEdge) continue;
    const ObjectIndex o{edges[i]};
    if (dict && (i - first) % 2 == 0) {
      ++keys[std::string(graph.typeName(o))];
      continue;
    }
    TypeShare& share = types[raw(graph.type(o))];
    ++share.count;
    share.bytes += graph.size(o);
    entries.push_back(o);
  }
  for (auto& [type, share] : types) {
    share.type = graph.typeName(TypeIndex{type});
    evidence.entryTypes.push_back(share);
  }
  std::ranges::sort(evidence.entryTypes, [](const TypeShare& a, const TypeShare& b) {
    return a.count != b.count ? a.count > b.count : a.type < b.type;
  });
  evidence.keyTypes = namesByCount(keys);
}

}  // namespace

std::vector<TypeShare> retainedTypes(const Ground& ground, const Candidate& candidate) {
  ByType types;
  if (candidate.members.empty()) {
    const bool single = candidate.rule == FoundBy::Leaf || candidate.rule == FoundBy::Chain;
    addSubtree(ground, candidate.holder, single, types);
  }
  for (const ObjectIndex o : candidate.members) addSubtree(ground, o, true, types);
  for (const ObjectIndex o : candidate.equal) addSubtree(ground, o, false, types);
  const auto rank = [&](const std::pair<const std::uint32_t, Retained>& entry) {
    const TypeIndex t{entry.first};
    const bool user = ground.isUserType(t);
    const bool whole = isMultipleOf(entry.second.count, candidate.entries);
    const int group = user && whole                             ? 0
                      : user                                    ? 1
                      : !isPlumbing(ground.graph().typeName(t)) ? 2
                                                                : 3;
    return std::tuple(group, ~entry.second.outermost, entry.first);
  };
  std::vector<TypeShare> shares;
  if (types.empty()) return shares;
  const auto first = std::ranges::min_element(types, {}, rank);
  for (auto it = types.begin(); it != types.end(); ++it) {
    shares.push_back({std::string(ground.graph().typeName(TypeIndex{it->first})), it->second.count,
                      it->second.bytes});
    if (it == first) std::swap(shares.front(), shares.back());
  }
  std::sort(shares.begin() + 1, shares.end(), [](const TypeShare& a, const TypeShare& b) {
    return a.bytes != b.bytes ? a.bytes > b.bytes : a.type < b.type;
  });
  if (shares.size() > kTypesShown) shares.resize(kTypesShown);
  return shares;
}

Evidence evidenceOf(const Ground& ground, ObjectIndex holder) {
  Evidence evidence;
  std::vector<ObjectIndex> entries;
  addEntryTypes(ground.graph(), holder, evidence, entries);
  Identifiers identifiers(ground);
  std::map<std::string, std::uint64_t> shapes;
  const std::size_t step = std::max<std::size_t>(1, entries.size() / kSampledEntries);
  for (std::size_t i = 0; i < entries.size(); i += step) {
    identifiers.collect(entries[i]);
    if (const std::string shape = shapeOf(ground.graph(), entries[i]); !shape.empty()) {
      ++shapes[shape];
    }
  }
  evidence.entryShapes = namesByCount(shapes);
  evidence.identifiers = identifiers.mostFrequent();
  return evidence;
}

}  // namespace whyalive::heap
