// whyalive/{dominators,flame}: what keeps what, as a tree to browse and as a flame graph.
// The wire contract is docs/protocol.md; change both together (a test compares them).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/whyalive/objects.h"

namespace whyalive::api {

enum class DominatorsBy { Object, Kind };
constexpr auto wireNames(DominatorsBy) {
  return std::array{json::WireName<DominatorsBy>{DominatorsBy::Object, "object"},
                    json::WireName<DominatorsBy>{DominatorsBy::Kind, "kind"}};
}

struct DominatorsParams {
  std::optional<std::string> snapshot;  // the current one
  std::optional<std::uint32_t> object;  // id; none: the roots
  std::vector<std::string> kinds;       // from there down: through children of these kinds
  DominatorsBy by = DominatorsBy::Object;
  std::uint32_t offset = 0;
  std::uint32_t limit = 100;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("snapshot", &DominatorsParams::snapshot),
                      json::defaulted("object", &DominatorsParams::object),
                      json::defaulted("kinds", &DominatorsParams::kinds),
                      json::defaulted("by", &DominatorsParams::by),
                      json::defaulted("offset", &DominatorsParams::offset),
                      json::defaulted("limit", &DominatorsParams::limit)};
  }
};
struct DominatorsRow {
  std::string kind;
  std::uint64_t count = 0;          // objects of the row: 1 by object
  std::uint64_t size = 0;           // shallow
  std::uint64_t retained = 0;       // size and all below
  std::uint64_t children = 0;       // dominated directly
  std::optional<ObjectRow> object;  // by object
  static constexpr auto fields() {
    return std::tuple{json::required("kind", &DominatorsRow::kind),
                      json::required("count", &DominatorsRow::count),
                      json::required("size", &DominatorsRow::size),
                      json::required("retained", &DominatorsRow::retained),
                      json::required("children", &DominatorsRow::children),
                      json::defaulted("object", &DominatorsRow::object)};
  }
};
struct DominatorsResult {
  std::string snapshot;
  std::uint64_t count = 0;     // objects whose children these are; 0: the roots
  std::uint64_t size = 0;      // of these objects
  std::uint64_t retained = 0;  // by them; of the roots all that is reachable
  std::uint64_t rowCount = 0;  // of all pages
  std::vector<DominatorsRow> rows;
  static constexpr auto fields() {
    return std::tuple{json::required("snapshot", &DominatorsResult::snapshot),
                      json::required("count", &DominatorsResult::count),
                      json::required("size", &DominatorsResult::size),
                      json::required("retained", &DominatorsResult::retained),
                      json::required("rowCount", &DominatorsResult::rowCount),
                      json::required("rows", &DominatorsResult::rows)};
  }
};
struct Dominators {
  static constexpr std::string_view kMethod = "whyalive/dominators";
  using Params = DominatorsParams;
  using Result = DominatorsResult;
};

struct FlameParams {
  std::optional<std::string> snapshot;  // the current one
  std::optional<std::string> under;     // signature of a node: only what is below it
  std::uint32_t maxNodes = 2000;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("snapshot", &FlameParams::snapshot),
                      json::defaulted("under", &FlameParams::under),
                      json::defaulted("maxNodes", &FlameParams::maxNodes)};
  }
};
struct FlameNode {
  std::optional<std::uint32_t> parent;  // position in `nodes`; none: the bottom
  std::string label;                    // ".client", "[…]"; "module __main__"
  std::string type;                     // of the objects
  std::uint64_t count = 0;              // objects that are reached exactly so
  std::uint64_t size = 0;               // of these
  std::uint64_t totalCount = 0;         // with all above
  std::uint64_t totalSize = 0;
  std::string signature;            // the same in every run
  std::optional<std::uint32_t> id;  // the largest of these objects
  std::uint32_t hidden = 0;         // children left out because they are small
  static constexpr auto fields() {
    return std::tuple{json::defaulted("parent", &FlameNode::parent),
                      json::required("label", &FlameNode::label),
                      json::required("type", &FlameNode::type),
                      json::required("count", &FlameNode::count),
                      json::required("size", &FlameNode::size),
                      json::required("totalCount", &FlameNode::totalCount),
                      json::required("totalSize", &FlameNode::totalSize),
                      json::required("signature", &FlameNode::signature),
                      json::defaulted("id", &FlameNode::id),
                      json::required("hidden", &FlameNode::hidden)};
  }
};
struct FlameResult {
  std::string snapshot;
  std::uint64_t nodeCount = 0;  // of the whole tree
  std::vector<FlameNode> nodes;
  static constexpr auto fields() {
    return std::tuple{json::required("snapshot", &FlameResult::snapshot),
                      json::required("nodeCount", &FlameResult::nodeCount),
                      json::required("nodes", &FlameResult::nodes)};
  }
};
struct Flame {
  static constexpr std::string_view kMethod = "whyalive/flame";
  using Params = FlameParams;
  using Result = FlameResult;
};

}  // namespace whyalive::api
