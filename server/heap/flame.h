// Flame: the path tree (path_tree.h) with what stands where, cut to the largest nodes, for a flame
// graph. Every reachable object counts once, where its shortest path ends. Pure.
#pragma once

#include <cstdint>
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

Result<Flame> flameOf(const Analysis& analysis, const FlameOptions& options = {},
                      const RunControl& control = {});

}  // namespace whyalive::heap
