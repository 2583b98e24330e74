// For each object one bit a set: "a root reaches it on a way without that set's members". Bits flow
// along references until nothing changes; each set's members let theirs not pass:
//
//      roots            x: reached past {a, b}? both ways lead through the set: its bit never
//      comes, /   \            so x goes with the set, though neither a nor b alone dominates it.
//     a     b           y: one way leads around it, so its bit arrives and y stays.
//      \   / \          An object is visited again when a bit comes later than others; that is
//        x    y ◄─c     seldom, since most ways meet no member at all.
//
// Objects that no root reaches go in any case; with a set go those that its members reach.
#include "server/heap/retained_sets.h"

#include <map>

#include "server/heap/column.h"
#include "server/heap/inner_objects.h"

namespace whyalive::heap {
namespace {

using snapshot::kNullEdge;

constexpr std::uint32_t kCheckEvery = 1u << 16;  // visits between two looks at RunControl
constexpr std::string_view kStep = "finding retained sizes";
constexpr std::uint32_t kAlive = 1u << kMostSets;  // a root reaches it, in whatever way
constexpr std::uint32_t kQueued = kAlive << 1;     // waits for its visit
constexpr std::uint32_t kEverySet = kAlive - 1;

class Flow {
 public:
  Flow(const HeapGraph& graph, std::span<const std::uint8_t> setOf, const RunControl& control)
      : graph_(graph),
        setOf_(setOf),
        control_(control),
        inner_(graph, control),
        bits_(graph.objectCount()),
        queue_(inner_.count() + 1) {}

  bool fromRoots(const Roots& roots) {
    for (std::uint32_t o = 0; o < bits_.size(); ++o) {
      if (o % kCheckEvery == 0 && !control_.keepGoing(kStep, 0)) return false;
      bits_[o] = 0;
    }
    for (const Root& root : roots.all()) reach(raw(root.object), kAlive | kEverySet);
    return drain();
  }

  // What members that nothing reaches hold: there a set's bit says that the object goes with it.
  bool throughGarbage() {
    garbage_ = true;
    for (std::uint32_t o = 0; o < bits_.size(); ++o) {
      if (setOf_[o] == kInNoSet || alive(o)) continue;
      reach(o, 1u << setOf_[o]);
      if (!drain()) return false;
    }
    return true;
  }

  // The sets that take this object with them.
  std::uint32_t gone(std::uint32_t o) const {
    return alive(o) ? ~bits_[o] & kEverySet : bits_[o] & kEverySet;
  }
  bool alive(std::uint32_t o) const { return (bits_[o] & kAlive) != 0; }

 private:
  void reach(std::uint32_t o, std::uint32_t bits) {
    std::uint32_t fresh = bits & ~bits_[o];
    if (fresh == 0 || (garbage_ && alive(o))) return;
    if (!garbage_ && setOf_[o] != kInNoSet) fresh &= ~(1u << setOf_[o]);
    if (fresh == 0) return;
    const bool waits = (bits_[o] & kQueued) != 0 || !inner_.has(o);
    bits_[o] |= fresh;
    if (waits) return;
    bits_[o] |= kQueued;
    queue_[last_] = o;
    last_ = last_ + 1 == queue_.size() ? 0 : last_ + 1;
  }

  // Each inner object stands in the queue once at most, so it never overflows.
  bool drain() {
    while (first_ != last_) {
      const std::uint32_t o = queue_[first_];
      askAhead();
      first_ = first_ + 1 == queue_.size() ? 0 : first_ + 1;
      bits_[o] &= ~kQueued;
      const std::uint32_t bits = bits_[o];
      for (const std::uint32_t target : graph_.rawEdges(ObjectIndex{o})) {
        if (target != kNullEdge) reach(target, bits);
      }
      if (++visits_ % kCheckEvery == 0 && !control_.keepGoing(kStep, 0.5)) {
        return false;
      }
    }
    return true;
  }

  // Memory of what is visited next (look_ahead.h); where the ring begins anew is not worth it.
  void askAhead() const {
    constexpr std::size_t kFar = 12, kNear = 6;
    const Snapshot& s = graph_.snapshot();
    const std::size_t end = last_ > first_ ? last_ : queue_.size();
    if (first_ + kFar < end) __builtin_prefetch(&s.edgeStart[queue_[first_ + kFar]]);
    if (first_ + kNear >= end) return;
    __builtin_prefetch(s.edges.data() + s.edgeStart[queue_[first_ + kNear]]);
    __builtin_prefetch(&bits_[queue_[first_ + kNear]]);
  }

  const HeapGraph& graph_;
  const std::span<const std::uint8_t> setOf_;
  const RunControl& control_;
  const InnerObjects inner_;
  bool garbage_ = false;
  Column<std::uint32_t> bits_;   // by object
  Column<std::uint32_t> queue_;  // a ring
  std::size_t first_ = 0, last_ = 0;
  std::uint32_t visits_ = 0;
};

// fn(set) for each of the bits.
template <class Fn>
void forEachSet(std::uint32_t gone, std::uint32_t sets, Fn fn) {
  for (std::uint32_t set = 0; set < sets; ++set) {
    if ((gone >> set & 1) != 0) fn(set);
  }
}

// A buffer that several objects share goes when all of them go.
void addNativeMemory(const HeapGraph& graph, const Flow& flow, std::vector<Bytes>& retained) {
  const auto sets = static_cast<std::uint32_t>(retained.size());
  struct Shared {
    Bytes bytes = 0;
    std::uint32_t gone = kEverySet;
    std::uint32_t goneGarbage = 0;  // of users that nothing reaches
    bool alive = false;
  };
  std::map<std::uint64_t, Shared> buffers;
  for (const NativeSizeRecord& n : graph.snapshot().nativeSizes) {
    const std::uint32_t gone = flow.gone(raw(n.object));
    if (n.buffer == 0) {
      forEachSet(gone, sets, [&](std::uint32_t set) { retained[set] += n.bytes; });
      continue;
    }
    Shared& shared = buffers[n.buffer];
    shared.bytes = n.bytes;
    const bool alive = flow.alive(raw(n.object));
    shared.alive = shared.alive || alive;
    if (alive) shared.gone &= gone;
    if (!alive) shared.goneGarbage |= gone;
  }
  for (const auto& [id, shared] : buffers) {
    forEachSet(shared.alive ? shared.gone : shared.goneGarbage, sets,
               [&](std::uint32_t set) { retained[set] += shared.bytes; });
  }
}

}  // namespace

Result<std::vector<Bytes>> retainedBySets(const HeapGraph& graph, const Roots& roots,
                                          std::span<const std::uint8_t> setOf, std::uint32_t sets,
                                          const RunControl& control) {
  const auto cancelled = [] {
    return fail(ErrorCode::Cancelled, "finding retained sizes was cancelled");
  };
  if (!control.keepGoing(kStep, 0)) return cancelled();
  Flow flow(graph, setOf, control);
  if (!flow.fromRoots(roots) || !flow.throughGarbage()) return cancelled();
  std::vector<Bytes> retained(sets);
  const std::uint32_t asked = (1u << sets) - 1;
  for (std::uint32_t o = 0; o < graph.objectCount(); ++o) {
    if (o % kCheckEvery == 0 && !control.keepGoing(kStep, 1)) return cancelled();
    const std::uint32_t gone = flow.gone(o) & asked;
    if (gone == 0) continue;
    const Bytes size = graph.size(ObjectIndex{o});
    forEachSet(gone, sets, [&](std::uint32_t set) { retained[set] += size; });
  }
  addNativeMemory(graph, flow, retained);
  return retained;
}

}  // namespace whyalive::heap
