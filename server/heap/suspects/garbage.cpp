// R1, garbage cycles: what no root reaches stays for ever when the collector is switched off (or
// its first threshold is 0). With the collector on it only awaits its next run, and is no suspect.
// The garbage falls into islands that do not touch each other; a type that occurs once in most of
// them is what the program made over and over.
#include "server/heap/suspects/garbage.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "server/heap/amounts.h"
#include "server/heap/expression.h"
#include "server/heap/sha1.h"

namespace whyalive::heap {
namespace {

using snapshot::kNullEdge;

class Islands {
 public:
  explicit Islands(const Ground& ground) : ground_(ground), parent_(ground.graph().objectCount()) {
    std::iota(parent_.begin(), parent_.end(), 0u);
    for (std::uint32_t o = 0; o < parent_.size() && ground.goesOn(o); ++o) {
      if (reachable(o)) continue;
      for (const std::uint32_t target : ground.graph().rawEdges(ObjectIndex{o})) {
        if (target != kNullEdge && !reachable(target)) parent_[find(o)] = find(target);
      }
    }
  }

  bool reachable(std::uint32_t o) const { return ground_.dominators().reachable(ObjectIndex{o}); }

  // fn(island, members of it by type)
  template <class Fn>
  void forEach(Fn fn) {
    std::map<std::uint32_t, std::vector<std::uint32_t>> members;
    for (std::uint32_t o = 0; o < parent_.size() && ground_.goesOn(o); ++o) {
      if (!reachable(o)) members[find(o)].push_back(o);
    }
    for (const auto& [island, objects] : members) fn(objects);
  }

 private:
  std::uint32_t find(std::uint32_t o) {
    while (parent_[o] != o) {
      parent_[o] = parent_[parent_[o]];
      o = parent_[o];
    }
    return o;
  }

  const Ground& ground_;
  std::vector<std::uint32_t> parent_;
};

struct OncePerIsland {
  std::uint64_t islands = 0;
  ObjectIndex example = kNoObject;
};

std::vector<TypeShare> typesOfGarbage(const Ground& ground) {
  std::map<std::uint32_t, TypeShare> types;
  const HeapGraph& graph = ground.graph();
  for (std::uint32_t o = 0; o < graph.objectCount(); ++o) {
    if (ground.dominators().reachable(ObjectIndex{o})) continue;
    TypeShare& share = types[raw(graph.type(ObjectIndex{o}))];
    ++share.count;
    share.bytes += graph.size(ObjectIndex{o});
  }
  std::vector<TypeShare> shares;
  for (auto& [type, share] : types) {
    share.type = graph.typeName(TypeIndex{type});
    shares.push_back(share);
  }
  std::ranges::stable_sort(shares, std::greater{}, &TypeShare::bytes);
  return shares;
}

}  // namespace

std::optional<Suspect> findGarbage(const Ground& ground) {
  if (ground.analysis().process().collectorRuns()) return std::nullopt;
  const Bytes limit =
      std::max(threshold::kAlarmBytes,
               static_cast<Bytes>(threshold::kAlarmShare * static_cast<double>(ground.userHeap())));
  if (ground.analysis().dominators().garbageSize() < limit) return std::nullopt;

  std::map<std::uint32_t, OncePerIsland> once;  // by type
  std::uint64_t islandCount = 0;
  Islands islands(ground);
  islands.forEach([&](const std::vector<std::uint32_t>& members) {
    ++islandCount;
    std::map<std::uint32_t, std::pair<std::uint32_t, ObjectIndex>> inIsland;
    for (const std::uint32_t o : members) {
      auto& [count, example] = inIsland[raw(ground.graph().type(ObjectIndex{o}))];
      ++count;
      example = ObjectIndex{o};
    }
    for (const auto& [type, found] : inIsland) {
      if (found.first != 1) continue;
      ++once[type].islands;
      once[type].example = found.second;
    }
  });
  const auto rank = [&](const auto& entry) {
    return std::pair(ground.isUserType(TypeIndex{entry.first}), entry.second.islands);
  };
  const auto made = std::ranges::max_element(once, {}, rank);

  Suspect suspect;
  suspect.kind = SuspectKind::GarbageCycle;
  suspect.types = typesOfGarbage(ground);
  suspect.count = islandCount;
  suspect.retained = ground.analysis().dominators().garbageSize();
  suspect.note = "the garbage collector is switched off";
  std::string type = suspect.types.empty() ? "object" : suspect.types.front().type;
  if (made != once.end()) {
    type = ground.graph().typeName(TypeIndex{made->first});
    suspect.holder.object = made->second.example;
    const auto same = std::ranges::find(suspect.types, type, &TypeShare::type);
    std::rotate(suspect.types.begin(), same, same + 1);
  }
  suspect.holder.type = type;
  suspect.holder.expression = "<garbage " + type + ">";
  suspect.title = formatCount(islandCount) + " garbage cycles of " + type + " are never collected";
  suspect.signature = sha1Hex("garbage\n" + type);
  return suspect;
}

}  // namespace whyalive::heap
