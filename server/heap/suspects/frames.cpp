// R3, frames: threads that all stand in one function, each with the same variable. No container
// holds what they keep; the function does.
#include <algorithm>
#include <map>
#include <set>

#include "server/heap/suspects/candidate.h"

namespace whyalive::heap {
namespace {

struct Variable {
  std::set<std::uint32_t> frames;
  std::vector<ObjectIndex> objects;
  Bytes bytes = 0;
};

}  // namespace

void findFrames(const Ground& ground, std::vector<Candidate>& found) {
  const Dominators& dominators = ground.dominators();
  std::map<std::pair<std::uint32_t, std::string>, Variable> variables;  // by code and name
  std::set<std::uint32_t> seen;
  for (const Root& root : ground.analysis().roots().all()) {
    if (root.group != RootGroup::Frame || ground.isProgram(root.object)) continue;
    if (ground.analysis().roots().at(root.object) != &root) continue;  // named by something else
    if (!seen.insert(raw(root.object)).second) continue;
    const FrameRecord& frame = ground.graph().snapshot().frames[root.frame];
    Variable& variable = variables[{raw(frame.code), root.name}];
    variable.frames.insert(root.frame);
    variable.objects.push_back(root.object);
    variable.bytes += ground.userRetained(root.object);
  }
  for (auto& [place, variable] : variables) {
    if (variable.frames.size() < threshold::kDominatedEntries) continue;
    if (variable.bytes < kCandidateBytes) continue;
    Candidate candidate;
    candidate.rule = FoundBy::Frames;
    candidate.holder = *std::ranges::max_element(
        variable.objects, {}, [&](ObjectIndex o) { return ground.userRetained(o); });
    candidate.entries = variable.frames.size();
    candidate.score = variable.bytes;
    std::ranges::sort(variable.objects, {}, [&](ObjectIndex o) { return dominators.position(o); });
    candidate.members = std::move(variable.objects);
    found.push_back(std::move(candidate));
  }
}

std::vector<Candidate> findCandidates(const Ground& ground) {
  std::vector<Candidate> found;
  constexpr std::uint32_t kNow = 0;
  if (!ground.goesOn(kNow)) return found;
  findAccumulationPoints(ground, found);
  findGroups(ground, found);
  findChains(ground, found);
  findFrames(ground, found);
  findLeaves(ground, found);  // last: what a rule above holds is that rule's
  return found;
}

}  // namespace whyalive::heap
