// R7, merging: holders that stand at the same place in the path tree are one suspect (1,000
// connections with a buffer each); a candidate inside a better one is a part of it.
#include <algorithm>
#include <map>

#include "server/heap/suspects/candidate.h"

namespace whyalive::heap {
namespace {

constexpr std::size_t kKept = 256;  // candidates, largest first; nobody reads more

// Ties: bytes, then modules before frames and native roots, the shorter path, the outer holder.
void sortCandidates(const Ground& ground, std::vector<Candidate>& candidates) {
  const auto rank = [&](const Candidate& c) {
    const std::vector<ObjectIndex> path = ground.analysis().paths().to(c.holder);
    const Root* root = path.empty() ? nullptr : ground.analysis().roots().at(path.front());
    const auto group = root == nullptr ? RootGroup::Native : root->group;
    return std::tuple(~c.score, group, path.size(), ground.dominators().position(c.holder));
  };
  std::vector<std::pair<decltype(rank(candidates[0])), std::size_t>> order;
  for (std::size_t i = 0; i < candidates.size(); ++i) order.emplace_back(rank(candidates[i]), i);
  std::ranges::sort(order);
  std::vector<Candidate> sorted;
  for (const auto& [key, i] : order) sorted.push_back(std::move(candidates[i]));
  candidates = std::move(sorted);
}

// The same object found by two rules: what several share weighs more than what it holds alone.
std::vector<Candidate> byHolder(const Ground& ground, std::vector<Candidate> found) {
  std::map<std::uint32_t, Candidate> best;
  for (Candidate& candidate : found) {
    const auto [it, added] = best.try_emplace(raw(candidate.holder));
    if (added) {
      it->second = std::move(candidate);
    } else if (candidate.rule == FoundBy::Group && it->second.rule == FoundBy::Group) {
      it->second.score += candidate.score;
      it->second.members.insert(it->second.members.end(), candidate.members.begin(),
                                candidate.members.end());
      std::ranges::sort(it->second.members, {},
                        [&](ObjectIndex o) { return ground.dominators().position(o); });
      for (const ObjectIndex o : candidate.joint) {
        if (std::ranges::find(it->second.joint, o) == it->second.joint.end()) {
          it->second.joint.push_back(o);
        }
      }
    } else if (candidate.score > it->second.score) {
      it->second = std::move(candidate);
    }
  }
  std::vector<Candidate> result;
  for (auto& [holder, candidate] : best) result.push_back(std::move(candidate));
  return result;
}

std::vector<Candidate> byPlace(PathTree& tree, std::vector<Candidate> found) {
  std::ranges::stable_sort(found, std::greater{}, &Candidate::score);
  std::map<PathNode, std::size_t> first;
  std::vector<Candidate> result;
  for (Candidate& candidate : found) {
    candidate.node = tree.of(candidate.holder);
    const auto [it, added] = first.try_emplace(candidate.node, result.size());
    if (added) {
      result.push_back(std::move(candidate));
      continue;
    }
    Candidate& sum = result[it->second];
    if (sum.rule != candidate.rule) {
      if (sum.rule == FoundBy::Leaf) std::swap(sum, candidate);  // a part of what was found there
      continue;
    }
    sum.score += candidate.score;
    sum.entries += candidate.entries;
    sum.equal.push_back(candidate.holder);
  }
  return result;
}

// Whether the path to `inner` leads through `outer`, one of its joint holders or its members.
bool isPartOf(const Ground& ground, const Candidate& inner, const Candidate& outer) {
  const Dominators& dominators = ground.dominators();
  if (dominators.dominates(outer.holder, inner.holder)) return true;
  for (const ObjectIndex joint : outer.joint) {
    if (dominators.dominates(joint, inner.holder)) return true;
  }
  // Members are siblings in the dominator tree, in preorder: the last one before `inner` decides.
  const auto position = [&](ObjectIndex o) { return dominators.position(o); };
  const auto after = std::ranges::upper_bound(outer.members, position(inner.holder), {}, position);
  return after != outer.members.begin() && dominators.dominates(*(after - 1), inner.holder);
}

// Folded nodes count as inside: equal holders below a better one are parts of it, too.
bool standsBelow(const PathTree& tree, PathNode inner, PathNode outer) {
  for (PathNode n = inner; n != kNoPathNode; n = tree.parent(n)) {
    if (n == outer) return true;
  }
  return false;
}

}  // namespace

std::vector<Candidate> mergeCandidates(const Ground& ground, PathTree& tree,
                                       std::vector<Candidate> found) {
  std::vector<Candidate> candidates = byPlace(tree, byHolder(ground, std::move(found)));
  std::ranges::stable_sort(candidates, std::greater{}, &Candidate::score);
  if (candidates.size() > kKept) candidates.resize(kKept);
  sortCandidates(ground, candidates);
  std::vector<Candidate> kept;
  for (Candidate& candidate : candidates) {
    const bool part = std::ranges::any_of(kept, [&](const Candidate& better) {
      return isPartOf(ground, candidate, better) || standsBelow(tree, candidate.node, better.node);
    });
    if (!part) kept.push_back(std::move(candidate));
  }
  return kept;
}

}  // namespace whyalive::heap
