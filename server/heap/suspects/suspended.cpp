#include "server/heap/suspects/suspended.h"

#include <algorithm>
#include <map>
#include <vector>

#include "server/heap/code_names.h"

namespace whyalive::heap {
namespace {

// What a candidate keeps, as stretches of the dominators' preorder.
class Kept {
 public:
  Kept(const Ground& ground, const Candidate& candidate) : dominators_(ground.dominators()) {
    if (candidate.members.empty()) {
      add(candidate.holder);
      for (const ObjectIndex o : candidate.equal) add(o);
    }
    for (const ObjectIndex o : candidate.members) add(o);
    std::ranges::sort(stretches_);
    Stretch outer{0, 0};
    for (Stretch& one : stretches_) {  // what lies inside another one ends where that does
      one.second = std::max(one.second, outer.second);
      outer = one;
    }
  }

  bool has(ObjectIndex o) const {
    const std::uint32_t position = dominators_.position(o);
    const auto after = std::ranges::upper_bound(stretches_, position, {}, &Stretch::first);
    return after != stretches_.begin() && position < std::prev(after)->second;
  }

 private:
  using Stretch = std::pair<std::uint32_t, std::uint32_t>;  // positions

  void add(ObjectIndex o) {
    const std::uint32_t first = dominators_.position(o);
    stretches_.emplace_back(first, first + dominators_.subtreeCount(o));
  }

  const Dominators& dominators_;
  std::vector<Stretch> stretches_;
};

struct Standing {
  std::uint64_t count = 0;
  Bytes bytes = 0;
  std::map<std::uint32_t, std::uint64_t> lines;
};

}  // namespace

std::optional<SuspendedShare> suspendedIn(const Ground& ground, const Candidate& candidate) {
  const HeapGraph& graph = ground.graph();
  const Kept kept(ground, candidate);
  std::map<std::uint32_t, Standing> standing;  // by code
  for (const FrameRecord& frame : graph.snapshot().frames) {
    if (frame.state != FrameState::Suspended || frame.owner == kNoObject) continue;
    if (!ground.dominators().reachable(frame.owner) || !kept.has(frame.owner)) continue;
    Standing& here = standing[raw(frame.code)];
    ++here.count;
    here.bytes += ground.userRetained(frame.owner);
    ++here.lines[frame.line];
  }
  const auto most = std::ranges::max_element(
      standing, {}, [](const auto& one) { return std::pair(one.second.bytes, one.second.count); });
  if (most == standing.end()) return std::nullopt;
  const auto& [code, here] = *most;
  if (here.count < threshold::kDominatedEntries || here.bytes * 2 < candidate.score) {
    return std::nullopt;
  }
  const auto line =
      std::ranges::max_element(here.lines, {}, [](const auto& one) { return one.second; });
  const FunctionName function = functionName(graph, ObjectIndex{code});
  return SuspendedShare{here.count, here.bytes,
                        std::string(lastPart(function.qualname)) + " (" +
                            std::string(baseName(function.file)) + ":" +
                            std::to_string(line->first) + ")"};
}

}  // namespace whyalive::heap
