// R5, static: tables of the standard library (linecache, re, type caches) that hold nothing of the
// program's own, and what C code made with a class, are no suspects in one snapshot. If they grow,
// growth wins and this is not asked.
#include <algorithm>

#include "server/heap/expression.h"
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

// The event loop leads to the program's own objects and coroutines: what these keep is theirs.
bool leadsThroughProgram(const Ground& ground, const std::vector<ObjectIndex>& path) {
  const HeapGraph& graph = ground.graph();
  return std::ranges::any_of(path, [&](ObjectIndex o) {
    if (ground.isUserType(graph.type(o))) return true;
    const FrameRecord* frame = graph.frameOfOwner(o);
    const CodeRecord* code = frame == nullptr ? nullptr : graph.code(frame->code);
    return code != nullptr &&
           !ground.analysis().process().isStandardLibrary(graph.name(code->file));
  });
}

// Reached from a module of the standard library.
bool isOfLibrary(const Ground& ground, ObjectIndex holder) {
  const std::vector<ObjectIndex> path = ground.analysis().paths().to(holder);
  if (leadsThroughProgram(ground, path)) return false;
  const ModuleRecord* module = path.empty() ? nullptr : ground.graph().module(path.front());
  if (module == nullptr || ground.graph().name(module->name) == "__main__") return false;
  const std::string_view file = ground.graph().name(module->file);
  return file.empty() || ground.analysis().process().isStandardLibrary(file);
}

// Model.__pydantic_validator__: an object of C that a class is made with.
bool isPartOfClass(const Ground& ground, ObjectIndex holder) {
  if (ground.graph().isContainer(holder)) return false;
  const Holder described = describeHolder(ground.analysis(), holder);
  if (described.steps.empty()) return false;
  const Step& last = described.steps.back();
  return last.kind == StepKind::ClassAttribute && last.name.starts_with("__") &&
         last.name.ends_with("__");
}

}  // namespace

Verdict judgeStatic(const Ground& ground, const Candidate& candidate, std::string& note) {
  std::vector<ObjectIndex> holders{candidate.holder};
  holders.insert(holders.end(), candidate.joint.begin(), candidate.joint.end());
  if (std::ranges::all_of(holders, [&](ObjectIndex o) { return isPartOfClass(ground, o); })) {
    note = "made with its class";
    return Verdict::NoSuspect;
  }
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
