// Dominators: a dominates b when every path from the roots to b goes through a; freeing a frees b.
// The retained size of an object is the size of all it dominates, itself included.
//
//        roots            idom(b) = a, idom(c) = a
//          |              idom(d) = a: reached through b and through c
//          a              retained(a) = a + b + c + d
//         / \             retained(b) = b
//        b   c
//         \ /
//          d
//
// The tree is kept in preorder, so what an object retains is one contiguous range, and "does a
// dominate b" two comparisons. Objects that no root reaches stand after the tree, each on its own.
// Frozen after construction.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/heap_graph.h"
#include "server/heap/roots.h"

namespace whyalive::heap {

class Dominators {
 public:
  static Result<Dominators> find(const HeapGraph& graph, const Roots& roots,
                                 const RunControl& control);

  // Immediate dominator; kNoObject: only the roots themselves (or unreachable).
  ObjectIndex idom(ObjectIndex o) const { return ObjectIndex{idom_[raw(o)]}; }
  bool reachable(ObjectIndex o) const { return position_[raw(o)] < reachableCount_; }
  std::uint32_t reachableCount() const { return reachableCount_; }
  // Retained size, native memory included. Unreachable objects: their own size.
  Bytes retained(ObjectIndex o) const { return retained_[raw(o)]; }
  // Objects retained, o first; preorder of the dominator tree.
  std::span<const std::uint32_t> subtree(ObjectIndex o) const {
    return std::span(order_).subspan(position_[raw(o)], subtreeCount(o));
  }
  std::uint32_t subtreeCount(ObjectIndex o) const { return subtreeCount_[raw(o)]; }
  bool dominates(ObjectIndex a, ObjectIndex b) const {
    return position_[raw(b)] - position_[raw(a)] < subtreeCount_[raw(a)];
  }
  std::uint32_t position(ObjectIndex o) const { return position_[raw(o)]; }  // in preorder()
  // fn(ObjectIndex child) for each object whose immediate dominator is o.
  template <class Fn>
  void forEachChild(ObjectIndex o, Fn&& fn) const {
    const std::uint32_t first = position_[raw(o)];
    const std::uint32_t end = first + subtreeCount_[raw(o)];
    for (std::uint32_t i = first + 1; i < end; i += subtreeCount_[order_[i]]) {
      fn(ObjectIndex{order_[i]});
    }
  }
  // fn(ObjectIndex child) for each object that only the roots dominate.
  template <class Fn>
  void forEachTop(Fn&& fn) const {
    for (std::uint32_t i = 0; i < reachableCount_; i += subtreeCount_[order_[i]]) {
      fn(ObjectIndex{order_[i]});
    }
  }
  std::span<const std::uint32_t> preorder() const { return order_; }  // of all objects
  // Bytes of everything that the roots reach.
  Bytes totalReachable() const { return total_; }

 private:
  void layOut(const std::vector<std::uint32_t>& vertex, const std::vector<std::uint32_t>& idom,
              const std::vector<std::uint32_t>& leafIdom);

  std::vector<std::uint32_t> idom_, position_, order_, subtreeCount_;
  std::vector<Bytes> retained_;
  std::uint32_t reachableCount_ = 0;
  Bytes total_ = 0;
};

// What would be freed if all of the set went at once (guppy's domisize): exact, also for objects
// that several members share. Linear in the heap.
Bytes retainedSize(const HeapGraph& graph, const Roots& roots, std::span<const ObjectIndex> set);

}  // namespace whyalive::heap
