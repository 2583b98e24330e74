// DominatorTree: the dominator tree while it is found, over numbered nodes; dominators.h keeps what
// is asked for later.
//
// Nodes are those of the spanning tree (spanning_tree.h). A leaf is no node: it has the node that
// dominates it.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/run_control.h"
#include "server/heap/column.h"
#include "server/heap/heap_graph.h"
#include "server/heap/spanning_tree.h"

namespace whyalive::heap {

class DominatorTree {
 public:
  DominatorTree(const HeapGraph& graph, SpanningTree spanning);

  // False when it was cancelled.
  bool find(const RunControl& control);

  std::uint32_t size() const { return static_cast<std::uint32_t>(vertex.size()); }
  // The node that the object is, or for a leaf the one that dominates it; kNoIndex: unreachable.
  std::uint32_t nodeOf(ObjectIndex o) const {
    const std::uint32_t node = number_[raw(o)];
    return node != 0 || graph_.isLeaf(o) ? node : kNoIndex;
  }
  std::uint32_t commonAncestor(std::uint32_t a, std::uint32_t b) const;
  // Columns that are free for other use once nodeOf and commonAncestor are not asked any more.
  struct Spare {
    Column<std::uint32_t> ofNodes, alsoOfNodes;  // size() long
    // Objects that are nodes have numbers of their own; of a leaf the node that dominates it,
    // kNoIndex where nothing does; 0: unreachable, no leaf.
    Column<std::uint32_t> ofObjects;
  };
  Spare takeSpare();

  Column<std::uint32_t> vertex;  // by node: its object
  Column<std::uint32_t> idom;    // by node

 private:
  bool findSemidominators();
  bool findIdoms();
  bool placeLeaves();
  std::uint32_t bestOnPath(std::uint32_t v, std::uint32_t linkedAbove);
  bool keepGoing(std::uint32_t step, double fraction) const;
  double share(std::uint32_t node) const { return static_cast<double>(node) / size(); }

  const HeapGraph& graph_;
  const RunControl* control_ = nullptr;
  // By object: its node, 0 = unreachable; of a leaf: the node that dominates it, kNoIndex = none.
  Column<std::uint32_t> number_;
  Column<std::uint32_t> parent_;  // by node: in the spanning tree
  Column<std::uint32_t> depth_;   // by node, in the dominator tree
  Column<std::uint32_t> jump_;    // by node: a far ancestor in the dominator tree
  std::vector<bool> isRoot_;      // by object
  Column<std::uint32_t> semi_, label_, ancestor_;
  std::vector<std::uint32_t> path_;
};

}  // namespace whyalive::heap
