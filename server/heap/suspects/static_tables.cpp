// R5, static: tables of the standard library (linecache, re, type caches) that hold nothing of the
// program's own are no suspects in one snapshot. If they grow, growth wins and this is not asked.
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

}  // namespace

Verdict judgeStatic(const Ground& ground, const Candidate& candidate, std::string& note) {
  const std::vector<ObjectIndex> path = ground.analysis().paths().to(candidate.holder);
  const ModuleRecord* module = path.empty() ? nullptr : ground.graph().module(path.front());
  if (module == nullptr || ground.graph().name(module->name) == "__main__")
    return Verdict::Undecided;
  const std::string_view file = ground.graph().name(module->file);
  if (!file.empty() && !ground.analysis().process().isStandardLibrary(file)) {
    return Verdict::Undecided;
  }
  if (candidate.rule == FoundBy::Group || holdsUserObjects(ground, candidate.holder)) {
    return Verdict::Undecided;
  }
  note = "a table of the standard library";
  return Verdict::NoSuspect;
}

}  // namespace whyalive::heap
