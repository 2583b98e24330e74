// SpanningTree: what the roots reach, numbered depth first, which roots and dominators are both
// found from. Grows root by root.
//
// Its nodes are the objects that refer to something, in preorder from 1; 0 stands for the roots
// together. Leaves, about half of a heap, are no nodes: whether something reaches one is asked of
// its referrers. Belongs to whoever analyses; reads the graph, which must outlive it.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/run_control.h"
#include "server/heap/column.h"
#include "server/heap/heap_graph.h"

namespace whyalive::heap {

class SpanningTree {
 public:
  // Cancelled, it is incomplete: whoever gave the control knows.
  explicit SpanningTree(const HeapGraph& graph, const RunControl& control = {});

  // False when it was cancelled. Asks the graph for no referrers.
  bool add(ObjectIndex root, const RunControl& control);
  bool reaches(ObjectIndex o) const;
  std::uint32_t size() const { return static_cast<std::uint32_t>(vertex.size()); }

  Column<std::uint32_t> number;  // by object: its node, 0 = not reached; kNoIndex of a leaf
  Column<std::uint32_t> vertex;  // by node: its object
  Column<std::uint32_t> parent;  // by node
  std::vector<bool> isRoot;      // by object

 private:
  void enter(std::uint32_t object, std::uint32_t parent);

  // A node, and which of its references is followed next.
  struct Visit {
    std::uint32_t node, edge;
  };
  const HeapGraph& graph_;
  std::vector<Visit> stack_;
};

}  // namespace whyalive::heap
