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
// Most objects retain but themselves: counts and bytes are kept for the others only. Frozen after
// construction; reads the sizes of the graph that it was made of, which must outlive it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/bit_count.h"
#include "server/heap/column.h"
#include "server/heap/heap_graph.h"
#include "server/heap/spanning_tree.h"

namespace whyalive::heap {

class Dominators {
 public:
  // The tree is that of all roots.
  static Result<Dominators> find(const HeapGraph& graph, SpanningTree spanning,
                                 const RunControl& control);

  // Immediate dominator; kNoObject: only the roots themselves (or unreachable).
  ObjectIndex idom(ObjectIndex o) const { return ObjectIndex{idom_[raw(o)]}; }
  bool reachable(ObjectIndex o) const { return position_[raw(o)] < reachableCount_; }
  std::uint32_t reachableCount() const { return reachableCount_; }
  // Retained size, native memory included. Unreachable objects: their own size.
  Bytes retained(ObjectIndex o) const {
    const std::uint32_t p = position_[raw(o)];
    return isListed(p) ? listed_[rank(p)].retained() : sizes_[raw(o)];
  }
  // Objects retained, o first; preorder of the dominator tree.
  std::span<const std::uint32_t> subtree(ObjectIndex o) const {
    return std::span(order_).subspan(position_[raw(o)], subtreeCount(o));
  }
  std::uint32_t subtreeCount(ObjectIndex o) const { return subtreeCountAt(position_[raw(o)]); }
  bool dominates(ObjectIndex a, ObjectIndex b) const {
    const std::uint32_t p = position_[raw(a)];
    return position_[raw(b)] - p < subtreeCountAt(p);
  }
  std::uint32_t position(ObjectIndex o) const { return position_[raw(o)]; }  // in preorder()
  std::span<const std::uint32_t> preorder() const { return order_; }         // of all objects
  // The same of the object at a position: faster for whoever goes through preorder().
  std::uint32_t subtreeCountAt(std::uint32_t p) const {
    return isListed(p) ? listed_[rank(p)].count : 1;
  }
  Bytes retainedAt(std::uint32_t p) const {
    return isListed(p) ? listed_[rank(p)].retained() : sizes_[order_[p]];
  }

  // fn(ObjectIndex child) for each object whose immediate dominator is o.
  template <class Fn>
  void forEachChild(ObjectIndex o, Fn&& fn) const {
    const std::uint32_t first = position_[raw(o)];
    const std::uint32_t end = first + subtreeCountAt(first);
    for (std::uint32_t i = first + 1; i < end; i += subtreeCountAt(i)) fn(ObjectIndex{order_[i]});
  }
  // fn(ObjectIndex child) for each object that only the roots dominate.
  template <class Fn>
  void forEachTop(Fn&& fn) const {
    for (std::uint32_t i = 0; i < reachableCount_; i += subtreeCountAt(i)) {
      fn(ObjectIndex{order_[i]});
    }
  }
  // Bytes of everything that the roots reach, and of what they do not: garbage that waits for the
  // collector.
  Bytes totalReachable() const { return total_; }
  std::uint32_t garbageCount() const {
    return static_cast<std::uint32_t>(order_.size()) - reachableCount_;
  }
  Bytes garbageSize() const { return garbageSize_; }

 private:
  class Layout;

  // What retains more than itself, or is too large for the column of sizes: by position.
  // In halves: a third less of it than with a number that must be aligned.
  struct Listed {
    std::uint32_t count, low, high;
    Bytes retained() const { return Bytes{high} << 32 | low; }
  };
  bool isListed(std::uint32_t p) const { return (bits_[p >> 6] >> (p & 63) & 1) != 0; }
  std::uint32_t rank(std::uint32_t p) const {
    const std::uint64_t before = bits_[p >> 6] & ((std::uint64_t{1} << (p & 63)) - 1);
    return rank_[p >> 6] + bitCount(before);
  }

  std::span<const std::uint16_t> sizes_;  // of the graph
  Column<std::uint32_t> idom_, position_, order_;
  Column<std::uint64_t> bits_;  // by position
  Column<std::uint32_t> rank_;  // bits set before each word
  Column<Listed> listed_;
  std::uint32_t reachableCount_ = 0;
  Bytes total_ = 0;
  Bytes garbageSize_ = 0;
};

}  // namespace whyalive::heap
