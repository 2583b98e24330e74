// whyalive/paths: why objects are alive.
// The wire contract is docs/protocol.md; change both together (a test compares them).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "protocol/whyalive/objects.h"

namespace whyalive::api {

struct PathsParams : ObjectSet {
  std::uint32_t count = 10;  // paths at most
  static constexpr auto fields() {
    return std::tuple_cat(ObjectSet::fields(),
                          std::tuple{json::defaulted("count", &PathsParams::count)});
  }
};

struct RetainingPath {
  std::string expression;
  std::uint64_t count = 0;     // objects that are kept this way
  std::uint64_t shortest = 0;  // of these: those of which it is the shortest way
  std::uint64_t ways = 1;      // paths that fell together into this one
  std::uint64_t retained = 0;  // by these objects
  ObjectRow example;
  std::vector<HolderStep> steps;  // from the root to the example
  static constexpr auto fields() {
    return std::tuple{json::required("expression", &RetainingPath::expression),
                      json::required("count", &RetainingPath::count),
                      json::required("shortest", &RetainingPath::shortest),
                      json::required("ways", &RetainingPath::ways),
                      json::required("retained", &RetainingPath::retained),
                      json::required("example", &RetainingPath::example),
                      json::required("steps", &RetainingPath::steps)};
  }
};

// The paths folded into a tree. Parents come before their children.
struct PathTreeNode {
  std::optional<std::uint32_t> parent;  // position in `tree`; none: a root
  std::string label;                    // ".client", "[…]"; of a root the module or frame
  std::string kind;                     // of the step
  std::string type;
  std::optional<std::uint32_t> id;   // an object that stands here
  std::uint64_t count = 0;           // objects that are kept through here
  std::uint64_t retained = 0;        // by these
  std::vector<std::uint32_t> paths;  // positions in `paths` that end here
  static constexpr auto fields() {
    return std::tuple{json::defaulted("parent", &PathTreeNode::parent),
                      json::required("label", &PathTreeNode::label),
                      json::required("kind", &PathTreeNode::kind),
                      json::required("type", &PathTreeNode::type),
                      json::defaulted("id", &PathTreeNode::id),
                      json::required("count", &PathTreeNode::count),
                      json::required("retained", &PathTreeNode::retained),
                      json::required("paths", &PathTreeNode::paths)};
  }
};

struct PathsResult {
  std::string snapshot;
  std::uint64_t objects = 0;
  std::uint64_t unreachable = 0;  // of them
  std::uint64_t pathCount = 0;    // distinct ones that were found
  bool more = false;              // there may be others still
  std::vector<RetainingPath> paths;
  std::vector<PathTreeNode> tree;
  static constexpr auto fields() {
    return std::tuple{json::required("snapshot", &PathsResult::snapshot),
                      json::required("objects", &PathsResult::objects),
                      json::required("unreachable", &PathsResult::unreachable),
                      json::required("pathCount", &PathsResult::pathCount),
                      json::required("more", &PathsResult::more),
                      json::required("paths", &PathsResult::paths),
                      json::required("tree", &PathsResult::tree)};
  }
};
struct Paths {
  static constexpr std::string_view kMethod = "whyalive/paths";
  using Params = PathsParams;
  using Result = PathsResult;
};

}  // namespace whyalive::api
