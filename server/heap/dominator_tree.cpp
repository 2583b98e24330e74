// Semi-NCA (L. Georgiadis, R. Tarjan, R. Werneck, "Finding Dominators in Practice", 2006) over the
// objects that refer to something; leaves, about half of a heap, get their dominator afterwards as
// the nearest common ancestor of their referrers. Nothing recurses.
//
// Two walks up the growing tree could be long on a deep heap (a list of millions of links), so each
// node also keeps one far ancestor (E. Myers, "An applicative random-access stack", 1983): any
// ancestor is found in O(log n) steps.
#include "server/heap/dominator_tree.h"

#include <algorithm>
#include <utility>

namespace whyalive::heap {

namespace {
constexpr std::uint32_t kCheckEvery = 1u << 17;             // steps between two looks at RunControl
constexpr std::uint32_t kFar = 16, kMiddle = 8, kNear = 4;  // steps that memory is asked ahead
}  // namespace

bool DominatorTree::keepGoing(std::uint32_t step, double fraction) const {
  return step % kCheckEvery != 0 || control_->keepGoing("finding dominators", fraction);
}

DominatorTree::DominatorTree(const HeapGraph& graph, SpanningTree spanning)
    : vertex(std::move(spanning.vertex)),
      graph_(graph),
      number_(std::move(spanning.number)),
      parent_(std::move(spanning.parent)),
      isRoot_(std::move(spanning.isRoot)) {}

bool DominatorTree::find(const RunControl& control) {
  control_ = &control;
  return findSemidominators() && findIdoms() && placeLeaves();
}

DominatorTree::Spare DominatorTree::takeSpare() {
  return {std::move(depth_), std::move(jump_), std::move(number_)};
}

// The node with the least semidominator on the way from v up to, but without, the first node that
// is not linked yet; compresses that way.
std::uint32_t DominatorTree::bestOnPath(std::uint32_t v, std::uint32_t linkedAbove) {
  path_.clear();
  std::uint32_t top = v;
  while (ancestor_[top] > linkedAbove) {
    path_.push_back(top);
    top = ancestor_[top];
  }
  std::uint32_t best = label_[top];
  const std::uint32_t end = ancestor_[top];
  while (!path_.empty()) {
    const std::uint32_t z = path_.back();
    path_.pop_back();
    if (semi_[label_[z]] > semi_[best]) {
      label_[z] = best;
    } else {
      best = label_[z];
    }
    ancestor_[z] = end;
  }
  return label_[v];
}

bool DominatorTree::findSemidominators() {
  const std::uint32_t n = size();
  semi_.resize(n);
  label_.resize(n);
  ancestor_.resize(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    semi_[i] = label_[i] = i;
    ancestor_[i] = parent_[i];
    if (!keepGoing(i, 0)) return false;
  }
  for (std::uint32_t w = n - 1; w >= 1; --w) {
    graph_.prefetchReferrers(ObjectIndex{vertex[w > kFar ? w - kFar : 1]});
    if (w > kMiddle) {
      const auto ahead = graph_.rawReferrers(ObjectIndex{vertex[w - kMiddle]});
      __builtin_prefetch(ahead.data());
    }
    if (w > kNear) {
      const auto ahead = graph_.rawReferrers(ObjectIndex{vertex[w - kNear]});
      if (!ahead.empty()) __builtin_prefetch(&number_[ahead[0]]);
    }
    const std::uint32_t object = vertex[w];
    std::uint32_t least = isRoot_[object] ? 0 : parent_[w];
    for (const std::uint32_t referrer : graph_.rawReferrers(ObjectIndex{object})) {
      const std::uint32_t v = number_[referrer];
      if (v == 0) continue;  // nothing reaches the referrer
      const std::uint32_t candidate = v <= w ? v : semi_[bestOnPath(v, w)];
      least = std::min(least, candidate);
    }
    semi_[w] = least;
    if (!keepGoing(w, 0.5 * (1 - share(w)))) return false;
  }
  return true;
}

// The immediate dominator is the nearest ancestor of the parent that is not below the
// semidominator. Fresh memory costs more than the search, so columns that are done with serve
// again; of the parents, those up to w have become dominators.
bool DominatorTree::findIdoms() {
  const std::uint32_t n = size();
  idom = std::move(parent_);
  depth_ = std::move(label_);
  jump_ = std::move(ancestor_);
  idom[0] = depth_[0] = jump_[0] = 0;
  for (std::uint32_t w = 1; w < n; ++w) {
    std::uint32_t d = idom[w];
    while (d > semi_[w]) d = jump_[d] >= semi_[w] ? jump_[d] : idom[d];
    idom[w] = d;
    depth_[w] = depth_[d] + 1;
    const std::uint32_t j = jump_[d];
    const bool equalSteps = depth_[d] - depth_[j] == depth_[j] - depth_[jump_[j]];
    jump_[w] = equalSteps ? jump_[j] : d;
    if (!keepGoing(w, 0.5 + 0.1 * share(w))) return false;
  }
  Column<std::uint32_t>().swap(semi_);
  return true;
}

std::uint32_t DominatorTree::commonAncestor(std::uint32_t a, std::uint32_t b) const {
  if (depth_[a] < depth_[b]) std::swap(a, b);
  while (depth_[a] > depth_[b]) a = depth_[jump_[a]] >= depth_[b] ? jump_[a] : idom[a];
  while (a != b) {  // of equal depth, so both jump equally far
    const bool far = jump_[a] != jump_[b];
    a = far ? jump_[a] : idom[a];
    b = far ? jump_[b] : idom[b];
  }
  return a;
}

// Leaves have no references, so they are nobody's referrer: their numbers are free for this.
bool DominatorTree::placeLeaves() {
  const std::uint32_t n = graph_.objectCount();
  const std::span<const std::uint32_t> all = graph_.allReferrers();
  std::size_t ahead = 0;
  for (std::uint32_t o = 0; o < n; ++o) {
    if (!keepGoing(o, 0.6 + 0.2 * o / n)) return false;
    if (!graph_.isLeaf(ObjectIndex{o})) continue;
    const auto referrers = graph_.rawReferrers(ObjectIndex{o});
    const auto reached = static_cast<std::size_t>(referrers.data() - all.data()) + kFar;
    for (ahead = std::max(ahead, reached - kFar); ahead < std::min(reached, all.size()); ++ahead) {
      __builtin_prefetch(&number_[all[ahead]]);
    }
    std::uint32_t dominator = isRoot_[o] ? 0 : kNoIndex;
    for (const std::uint32_t referrer : referrers) {
      if (dominator == 0) break;
      const std::uint32_t node = number_[referrer];
      if (node == 0) continue;
      dominator = dominator == kNoIndex ? node : commonAncestor(dominator, node);
    }
    number_[o] = dominator;
  }
  std::vector<bool>().swap(isRoot_);
  return true;
}

}  // namespace whyalive::heap
