// With a set go the subtrees of its members in the dominator tree. What several members hold only
// together is in none of them (x); but the shortest way to it leads through a member, since an
// object whose shortest way (paths.h) has no member on it lives on by that way. So of all objects
// outside the subtrees only those are looked at whose shortest way comes through one:
//
//        roots            subtrees: {a, c}, {b}
//       /  |  \           looked at: x and y, which are children, in the dominator tree, of
//       something
//      a   b   z            above a member; then on along shortest ways
//     / \ / \ /           y lives on: something refers to it, z, that is neither in a subtree nor
//     looked
//    c   x   y              at; and with it whatever of these it reaches. x does not
//
// Roots live on in any case. Of garbage the set takes along what its members reach.
#include "server/heap/retained_set.h"

#include <algorithm>
#include <map>
#include <vector>

#include "server/heap/bit_set.h"
#include "server/heap/retained_sets.h"

namespace whyalive::heap {
namespace {

using snapshot::kNullEdge;

constexpr std::uint32_t kCheckEvery = 1u << 16;  // visits between two looks at RunControl
constexpr std::uint32_t kLarge = 32;             // a part of the heap larger than one in so many

std::unexpected<Error> cancelled() {
  return fail(ErrorCode::Cancelled, "finding retained sizes was cancelled");
}

class RetainedSet {
 public:
  RetainedSet(const Analysis& analysis, const RunControl& control)
      : graph_(analysis.graph()),
        roots_(analysis.roots()),
        tree_(analysis.dominators()),
        paths_(analysis.paths()),
        control_(control),
        gone_(graph_.objectCount()),
        above_(graph_.objectCount()),
        lookedAt_(graph_.objectCount()),
        living_(graph_.objectCount()) {}

  Result<Bytes> find(std::span<const ObjectIndex> set) {
    takeGarbage(set);
    takeSubtrees(set);
    lookAround();
    letLive();
    for (const std::uint32_t o : looked_) {
      if (!living_.has(position(o))) bytes_ += graph_.size(ObjectIndex{o});
    }
    addNativeMemory();
    if (!goesOn_) return cancelled();
    return bytes_;
  }

 private:
  bool goesOn() {
    if (++visits_ % kCheckEvery == 0 && goesOn_) {
      goesOn_ = control_.keepGoing("finding retained sizes", 0.5);
    }
    return goesOn_;
  }
  std::uint32_t position(std::uint32_t o) const { return tree_.position(ObjectIndex{o}); }
  bool reachable(std::uint32_t p) const { return p < tree_.reachableCount(); }
  // Whether the object at this position goes with the set.
  bool goes(std::uint32_t p) const { return gone_.has(p) || (lookedAt_.has(p) && !living_.has(p)); }
  template <class Fn>
  void forEachTarget(std::uint32_t o, Fn fn) const {
    for (const std::uint32_t target : graph_.rawEdges(ObjectIndex{o})) {
      if (target != kNullEdge) fn(target);
    }
  }

  void takeGarbage(std::span<const ObjectIndex> set) {
    std::vector<std::uint32_t> stack;
    const auto take = [&](std::uint32_t o) {
      const std::uint32_t p = position(o);
      if (reachable(p) || !gone_.add(p)) return;
      bytes_ += graph_.size(ObjectIndex{o});
      stack.push_back(o);
    };
    for (const ObjectIndex member : set) {
      if (!goesOn()) return;
      take(raw(member));
      while (!stack.empty() && goesOn()) {
        const std::uint32_t o = stack.back();
        stack.pop_back();
        forEachTarget(o, take);
      }
    }
  }

  // The outermost members, and what stands above them.
  void takeSubtrees(std::span<const ObjectIndex> set) {
    for (const ObjectIndex member : set) {
      const std::uint32_t p = tree_.position(member);
      if (reachable(p)) gone_.add(p);
    }
    const std::uint32_t end = tree_.reachableCount();
    const auto order = tree_.preorder();
    for (std::uint32_t p = gone_.next(0, end); p < end && goesOn();) {
      const std::uint32_t after = p + tree_.subtreeCountAt(p);
      gone_.addRange(p, after);
      bytes_ += tree_.retainedAt(p);
      outermost_.push_back(p);
      inSubtrees_ += after - p;
      ObjectIndex parent = tree_.idom(ObjectIndex{order[p]});
      while (parent != kNoObject && above_.add(tree_.position(parent))) {
        parents_.push_back(tree_.position(parent));
        parent = tree_.idom(parent);
      }
      p = gone_.next(after, end);
    }
  }

  void look(std::uint32_t o) {
    if (lookedAt_.add(position(o))) looked_.push_back(o);
  }
  void lookAtChildren(std::uint32_t begin, std::uint32_t end) {
    const auto order = tree_.preorder();
    for (std::uint32_t p = begin; p < end && goesOn(); p += tree_.subtreeCountAt(p)) {
      if (gone_.has(p)) continue;
      const ObjectIndex before = paths_.parent(ObjectIndex{order[p]});
      if (before != kNoObject && gone_.has(tree_.position(before))) look(order[p]);
    }
  }
  void lookOn(std::uint32_t o) {
    forEachTarget(o, [&](std::uint32_t target) {
      if (paths_.parent(ObjectIndex{target}) != ObjectIndex{o}) return;
      if (!gone_.has(position(target))) look(target);
    });
  }
  // From small subtrees along their references; from large ones it is shorter to go through those
  // that may be meant.
  void lookAround() {
    const auto order = tree_.preorder();
    if (inSubtrees_ < tree_.reachableCount() / kLarge) {
      for (const std::uint32_t first : outermost_) {
        const std::uint32_t end = first + tree_.subtreeCountAt(first);
        for (std::uint32_t p = first; p < end && goesOn(); ++p) lookOn(order[p]);
      }
    } else {
      lookAtChildren(0, tree_.reachableCount());
      for (const std::uint32_t p : parents_) lookAtChildren(p + 1, p + tree_.subtreeCountAt(p));
    }
    for (std::size_t i = 0; i < looked_.size() && goesOn(); ++i) lookOn(looked_[i]);
  }

  bool hasLivingReferrer(std::uint32_t o) const {
    return std::ranges::any_of(graph_.rawReferrers(ObjectIndex{o}), [&](std::uint32_t referrer) {
      const std::uint32_t p = position(referrer);
      return reachable(p) && !gone_.has(p) && !lookedAt_.has(p);
    });
  }
  void letLive() {
    std::vector<std::uint32_t> stack;
    const auto live = [&](std::uint32_t o) {
      const std::uint32_t p = position(o);
      if (lookedAt_.has(p) && living_.add(p)) stack.push_back(o);
    };
    for (const Root& root : roots_.all()) live(raw(root.object));
    for (const std::uint32_t o : looked_) {
      if (!goesOn()) return;
      if (!living_.has(position(o)) && hasLivingReferrer(o)) live(o);
    }
    while (!stack.empty() && goesOn()) {
      const std::uint32_t o = stack.back();
      stack.pop_back();
      forEachTarget(o, live);
    }
  }

  // The outermost member in whose subtree this position lies.
  std::uint32_t memberAbove(std::uint32_t p) const {
    return *(std::ranges::upper_bound(outermost_, p) - 1);
  }

  // A buffer goes with the last of its users that live; it is among what a subtree retains when all
  // of these stand in it.
  struct Buffer {
    Bytes bytes = 0;
    bool lives = false, used = false;  // some of its users live; by what stays
    bool inSubtrees = true;            // of those that live all
    bool goesAsGarbage = false;
    std::uint32_t member = kNoIndex;
    bool inOne = true;
  };
  void addUser(Buffer& buffer, const NativeSizeRecord& record) const {
    const std::uint32_t p = tree_.position(record.object);
    buffer.bytes = record.bytes;
    if (!reachable(p)) {
      buffer.goesAsGarbage = buffer.goesAsGarbage || gone_.has(p);
      return;
    }
    buffer.lives = true;
    buffer.used = buffer.used || !goes(p);
    buffer.inSubtrees = buffer.inSubtrees && gone_.has(p);
    if (!gone_.has(p)) return;
    const std::uint32_t member = memberAbove(p);
    buffer.inOne = buffer.inOne && (buffer.member == kNoIndex || buffer.member == member);
    buffer.member = member;
  }
  void add(const Buffer& buffer) {
    const bool goes = buffer.lives ? !buffer.used : buffer.goesAsGarbage;
    const bool added = buffer.lives && buffer.inSubtrees && buffer.inOne;
    if (goes && !added) bytes_ += buffer.bytes;
  }
  void addNativeMemory() {
    std::map<std::uint64_t, Buffer> buffers;
    for (const NativeSizeRecord& record : graph_.snapshot().nativeSizes) {
      if (!goesOn()) return;
      if (record.buffer != 0) {
        addUser(buffers[record.buffer], record);
      } else {
        Buffer own;
        addUser(own, record);
        add(own);
      }
    }
    for (const auto& [id, buffer] : buffers) add(buffer);
  }

  const HeapGraph& graph_;
  const Roots& roots_;
  const Dominators& tree_;
  const Paths& paths_;
  const RunControl& control_;
  bool goesOn_ = true;
  std::uint32_t visits_ = 0;
  Bytes bytes_ = 0;
  std::uint32_t inSubtrees_ = 0;  // objects

  // By position in the dominator tree's preorder.
  BitSet gone_;               // in subtrees of members, and garbage that goes with them
  BitSet above_;              // dominates a member
  BitSet lookedAt_, living_;  // looked at; of these, what lives on
  std::vector<std::uint32_t> outermost_, parents_;  // members; what stands above them
  std::vector<std::uint32_t> looked_;               // objects
};

// One by one a set costs what it holds, and not much more than a twelfth of a search for all.
bool holdLittle(const Analysis& analysis, std::span<const Bytes> atLeast) {
  constexpr Bytes kMost = 6;
  const Bytes whole = analysis.dominators().totalReachable();
  Bytes sum = 0;
  for (const Bytes bytes : atLeast) sum += std::min(whole, kLarge * bytes);
  return sum <= kMost * whole;
}

}  // namespace

Result<Bytes> retainedSize(const Analysis& analysis, std::span<const ObjectIndex> set,
                           const RunControl& control) {
  if (!control.keepGoing("finding retained sizes", 0)) {
    return cancelled();
  }
  return RetainedSet(analysis, control).find(set);
}

Result<std::vector<Bytes>> retainedSizes(const Analysis& analysis,
                                         std::span<const std::uint8_t> setOf,
                                         std::span<const Bytes> atLeast,
                                         const RunControl& control) {
  if (!holdLittle(analysis, atLeast)) {
    return retainedBySets(analysis.graph(), analysis.roots(), setOf,
                          static_cast<std::uint32_t>(atLeast.size()), control);
  }
  std::vector<std::vector<ObjectIndex>> members(atLeast.size());
  for (std::uint32_t o = 0; o < setOf.size(); ++o) {
    if (o % kCheckEvery == 0 && !control.keepGoing("choosing objects", 0)) return cancelled();
    if (setOf[o] != kInNoSet) members[setOf[o]].push_back(ObjectIndex{o});
  }
  std::vector<Bytes> retained;
  for (const std::vector<ObjectIndex>& set : members) {
    const auto bytes = retainedSize(analysis, set, control);
    if (!bytes) return std::unexpected(bytes.error());
    retained.push_back(*bytes);
  }
  return retained;
}

}  // namespace whyalive::heap
