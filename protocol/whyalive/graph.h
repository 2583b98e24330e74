// whyalive/graph: a picture of a part of the heap.
// The wire contract is docs/protocol.md; change both together (a test compares them).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json/fields.h"

namespace whyalive::api {

enum class GraphDirection { Backrefs, Refs, Chain };
constexpr auto wireNames(GraphDirection) {
  return std::array{json::WireName<GraphDirection>{GraphDirection::Backrefs, "backrefs"},
                    json::WireName<GraphDirection>{GraphDirection::Refs, "refs"},
                    json::WireName<GraphDirection>{GraphDirection::Chain, "chain"}};
}
enum class GraphFormat { Svg, Png, Pdf, Dot };
constexpr auto wireNames(GraphFormat) {
  return std::array{json::WireName<GraphFormat>{GraphFormat::Svg, "svg"},
                    json::WireName<GraphFormat>{GraphFormat::Png, "png"},
                    json::WireName<GraphFormat>{GraphFormat::Pdf, "pdf"},
                    json::WireName<GraphFormat>{GraphFormat::Dot, "dot"}};
}
enum class GraphTheme { Light, Dark };
constexpr auto wireNames(GraphTheme) {
  return std::array{json::WireName<GraphTheme>{GraphTheme::Light, "light"},
                    json::WireName<GraphTheme>{GraphTheme::Dark, "dark"}};
}

struct GraphParams {
  std::optional<std::string> snapshot;  // the current one
  std::vector<std::uint32_t> objects;   // ids; with none, `type`
  std::string type;                     // instances of it
  std::uint32_t count = 0;              // draw so many of the instances; 0: all, by kind when many
  GraphDirection direction = GraphDirection::Backrefs;
  std::uint32_t depth = 5;
  std::uint32_t fanOut = 6;
  std::uint32_t maxNodes = 120;
  bool merged = false;
  bool refcounts = false;
  std::vector<std::uint32_t> expanded;  // ids of objects to draw more of
  GraphTheme theme = GraphTheme::Light;
  bool transparent = true;
  GraphFormat format = GraphFormat::Svg;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("snapshot", &GraphParams::snapshot),
                      json::defaulted("objects", &GraphParams::objects),
                      json::defaulted("type", &GraphParams::type),
                      json::defaulted("count", &GraphParams::count),
                      json::defaulted("direction", &GraphParams::direction),
                      json::defaulted("depth", &GraphParams::depth),
                      json::defaulted("fanOut", &GraphParams::fanOut),
                      json::defaulted("maxNodes", &GraphParams::maxNodes),
                      json::defaulted("merged", &GraphParams::merged),
                      json::defaulted("refcounts", &GraphParams::refcounts),
                      json::defaulted("expanded", &GraphParams::expanded),
                      json::defaulted("theme", &GraphParams::theme),
                      json::defaulted("transparent", &GraphParams::transparent),
                      json::defaulted("format", &GraphParams::format)};
  }
};

struct GraphNode {
  std::string node;                     // the SVG id: o123, g4, mo123, r2
  std::optional<std::uint32_t> object;  // id of the object, of a group one of its objects
  std::string type;                     // qualified; of a group its kind
  std::string title;
  std::uint64_t count = 1;
  bool target = false;
  bool root = false;
  bool holder = false;
  bool expandable = false;
  static constexpr auto fields() {
    return std::tuple{json::required("node", &GraphNode::node),
                      json::required("object", &GraphNode::object),
                      json::required("type", &GraphNode::type),
                      json::required("title", &GraphNode::title),
                      json::required("count", &GraphNode::count),
                      json::required("target", &GraphNode::target),
                      json::required("root", &GraphNode::root),
                      json::required("holder", &GraphNode::holder),
                      json::required("expandable", &GraphNode::expandable)};
  }
};
struct GraphEdge {
  std::string from;  // refers to `to`: ids of nodes
  std::string to;
  std::string label;
  std::uint64_t count = 1;
  bool cycle = false;
  bool suspected = false;
  static constexpr auto fields() {
    return std::tuple{json::required("from", &GraphEdge::from),
                      json::required("to", &GraphEdge::to),
                      json::required("label", &GraphEdge::label),
                      json::required("count", &GraphEdge::count),
                      json::required("cycle", &GraphEdge::cycle),
                      json::required("suspected", &GraphEdge::suspected)};
  }
};
struct GraphResult {
  std::string snapshot;
  GraphFormat format = GraphFormat::Svg;
  std::string content;  // svg and dot: text; png and pdf: base64
  bool merged = false;
  std::vector<GraphNode> nodes;
  std::vector<GraphEdge> edges;
  std::string note;
  static constexpr auto fields() {
    return std::tuple{json::required("snapshot", &GraphResult::snapshot),
                      json::required("format", &GraphResult::format),
                      json::required("content", &GraphResult::content),
                      json::required("merged", &GraphResult::merged),
                      json::required("nodes", &GraphResult::nodes),
                      json::required("edges", &GraphResult::edges),
                      json::required("note", &GraphResult::note)};
  }
};
struct Graph {
  static constexpr std::string_view kMethod = "whyalive/graph";
  using Params = GraphParams;
  using Result = GraphResult;
};

}  // namespace whyalive::api
