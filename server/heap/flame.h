// Flame: the path tree (path_tree.h) with what stands where, cut to the largest nodes, for a flame
// graph. Every reachable object counts once, where its shortest path ends. FlameTree, all of it,
// takes long to make and is kept by whoever will be asked for another cut; frozen, any thread may
// cut.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"

namespace whyalive::heap {

struct FlameOptions {
  std::optional<std::string> under;  // signature of the node to begin with
  std::uint32_t maxNodes = 2000;
};

struct FlameNode {
  std::uint32_t parent = kNoIndex;  // position in nodes
  std::string label;                // ".client", "[…]", "module __main__"
  std::string type;
  std::uint64_t count = 0;       // objects that stand exactly here
  Bytes size = 0;                // of these, native memory included
  std::uint64_t totalCount = 0;  // with all above
  Bytes totalSize = 0;
  std::string signature;           // "" of the bottom of all
  ObjectIndex object = kNoObject;  // of these one that retains most
  std::uint32_t hidden = 0;        // children left out
};

struct Flame {
  std::uint64_t nodeCount = 0;   // of the whole tree
  std::vector<FlameNode> nodes;  // the bottom first, parents before children, larger ones first
};

class FlameTree {
 public:
  // Reads the analysis, which must outlive it.
  static Result<FlameTree> find(const Analysis& analysis, const RunControl& control = {});
  FlameTree(FlameTree&&) noexcept;
  FlameTree& operator=(FlameTree&&) noexcept;
  ~FlameTree();

  Result<Flame> cut(const FlameOptions& options = {}) const;

 private:
  class Nodes;
  explicit FlameTree(std::unique_ptr<Nodes> nodes);
  std::unique_ptr<const Nodes> nodes_;
};

}  // namespace whyalive::heap
