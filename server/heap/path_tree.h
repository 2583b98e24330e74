// PathTree: the shortest paths of many objects folded into one tree by what a person would call
// equal: keys, indices and digits masked, types kept, repeated stretches (a list of links, a tree
// of nodes) folded onto their first occurrence. A node stands for "all objects kept this way".
//
//   __main__.client.Dispatcher._expected[…][0]     one node for 3,000 tuples' first items
//
// Nodes are made as they are asked for. The text of a node is the same in every snapshot of a
// program, so texts compare across snapshots and their SHA-1 is a suspect's signature. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "protocol/base/ids.h"
#include "server/heap/analysis.h"
#include "server/heap/zero_column.h"

namespace whyalive::heap {

enum class PathNode : std::uint32_t {};
inline constexpr PathNode kNoPathNode{kNoIndex};
constexpr std::uint32_t raw(PathNode n) { return static_cast<std::uint32_t>(n); }

class PathTree {
 public:
  // A namespace of so many names is a container that is filled through setattr, not a set of names.
  static constexpr std::uint32_t kNamesOfContainer = 400;

  explicit PathTree(const Analysis& analysis);

  // kNoPathNode for what no root reaches.
  PathNode of(ObjectIndex o);
  // The node of another path from a root than the shortest one; path[0] is the root.
  PathNode along(std::span<const ObjectIndex> path);
  // Only nodes are asked for from now on.
  void forgetObjects() { ZeroColumn<std::uint32_t>().swap(nodeOf_); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }
  PathNode parent(PathNode n) const { return nodes_[raw(n)].parent; }  // kNoPathNode at a root
  std::string text(PathNode n) const;
  std::string signature(PathNode n) const;  // SHA-1 of the text, hex

 private:
  struct Node {
    PathNode parent = kNoPathNode;
    std::uint32_t label = 0;  // index into labels_
    TypeIndex type = kNoType;
  };

  PathNode root(ObjectIndex o);
  PathNode child(PathNode parent, std::uint32_t label, TypeIndex type);
  // `before`: what is before `from` on the path, kNoObject at its start.
  std::uint32_t labelOf(ObjectIndex before, ObjectIndex from, ObjectIndex to);
  std::uint32_t labelNamed(std::string_view text);
  // A namespace whose names are few and the program's own, and so a part of its owner.
  bool isPartOf(ObjectIndex dict, ObjectIndex owner) const;
  bool isThreadSpace(ObjectIndex dict) const;
  bool isPlaced(ObjectIndex o) const { return nodeOf_[raw(o)] != 0; }
  PathNode placed(ObjectIndex o) const { return PathNode{nodeOf_[raw(o)] - 1}; }
  void put(ObjectIndex o, PathNode node) { nodeOf_[raw(o)] = raw(node) + 1; }
  bool isWithinContext(ObjectIndex from, ObjectIndex to) const;
  std::string nameOfKey(ObjectIndex key) const;

  const Analysis& analysis_;
  const HeapGraph& graph_;
  ZeroColumn<std::uint32_t> nodeOf_;  // by object, plus 1; 0: not asked for yet
  std::vector<bool> isContextTree_;   // by type
  std::vector<Node> nodes_;
  std::vector<std::string> labels_;
  std::unordered_map<std::string, std::uint32_t> labelIds_;
  std::unordered_map<std::uint64_t, std::vector<PathNode>> children_;  // by hash of a Node
};

// Every run of digits as one '#'.
std::string maskDigits(std::string_view text);

}  // namespace whyalive::heap
