// R5, static: tables of the standard library (linecache, re, type caches) that hold nothing of the
// program's own are no suspects in one snapshot. If they grow, growth wins and this is not asked.
#include <algorithm>

#include "server/heap/suspects/candidate.h"

namespace whyalive::heap {
namespace {

constexpr std::size_t kLookedAt = 100'000;  // objects of the retained set

bool holdsUserObjects(const Ground& ground, ObjectIndex holder) {
  std::size_t seen = 0;
  for (const std::uint32_t o : ground.dominators().subtree(holder)) {
    if (ground.isUserType(ground.graph().type(ObjectIndex{o}))) return true;
    if (++seen == kLookedAt) break;
  }
  return false;
}

// Reached from a module of the standard library.
bool isOfLibrary(const Ground& ground, ObjectIndex holder) {
  const std::vector<ObjectIndex> path = ground.analysis().paths().to(holder);
  const ModuleRecord* module = path.empty() ? nullptr : ground.graph().module(path.front());
  if (module == nullptr || ground.graph().name(module->name) == "__main__") return false;
  const std::string_view file = ground.graph().name(module->file);
  return file.empty() || ground.analysis().process().isStandardLibrary(file);
}

}  // namespace

Verdict judgeStatic(const Ground& ground, const Candidate& candidate, std::string& note) {
  std::vector<ObjectIndex> holders{candidate.holder};
  holders.insert(holders.end(), candidate.joint.begin(), candidate.joint.end());
  for (const ObjectIndex holder : holders) {
    if (!isOfLibrary(ground, holder) || holdsUserObjects(ground, holder)) {
      return Verdict::Undecided;
    }
  }
  const bool members = std::ranges::any_of(
      candidate.members, [&](ObjectIndex o) { return holdsUserObjects(ground, o); });
  if (members) return Verdict::Undecided;
  note = "a table of the standard library";
  return Verdict::NoSuspect;
}

}  // namespace whyalive::heap
