#include "server/pictures/dot_writer.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "server/pictures/escape.h"
#include "server/pictures/node_text.h"

namespace whyalive::pictures {
namespace {

constexpr std::size_t kTitleLength = 48;
constexpr std::size_t kSubtitleLength = 56;
constexpr std::size_t kLabelLength = 40;
constexpr std::size_t kTooltipLength = 200;
constexpr std::size_t kWideLayer = 9;
constexpr std::size_t kNoLayer = static_cast<std::size_t>(-1);

std::string_view nameOf(Family family) {
  switch (family) {
    case Family::Module: return "module";
    case Family::Class: return "class";
    case Family::Function: return "function";
    case Family::Frame: return "frame";
    case Family::Container: return "container";
    case Family::Value: return "value";
    case Family::Instance: return "instance";
    case Family::Native: return "native";
    case Family::More: return "more";
  }
  return "instance";
}

std::string font(std::string_view text, std::size_t limit, int size, const std::string& colour,
                 bool bold) {
  // Graphviz refuses markup that holds nothing.
  const std::string safe = text.empty() ? "&#160;" : markup(printableText(text, limit));
  return "<font point-size=\"" + std::to_string(size) + "\" color=\"" + colour + "\">" +
         (bold ? "<b>" + safe + "</b>" : safe) + "</font>";
}

class DotWriter {
 public:
  DotWriter(const Picture& picture, const DotOptions& options)
      : picture_(picture), options_(options), palette_(palette(options.theme)) {}

  std::string write() {
    begin();
    for (const PictureNode& node : picture_.nodes) writeNode(node);
    for (std::size_t i = 0; i < picture_.edges.size(); ++i) writeEdge(i);
    out_ += "}\n";
    return std::move(out_);
  }

 private:
  void attribute(std::string_view name, std::string_view value) {
    out_ += " ";
    out_ += name;
    out_ += "=" + quoted(value);
  }
  void htmlAttribute(std::string_view name, const std::string& html) {
    out_ += " ";
    out_ += name;
    out_ += "=<" + html + ">";
  }

  // Nodes at the same distance from those asked for (and of the roots, in a chain).
  std::size_t widestLayer() const {
    std::vector<std::size_t> layer(picture_.nodes.size(), kNoLayer);
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < picture_.nodes.size(); ++i) {
      if (!picture_.nodes[i].target) continue;
      layer[i] = 0;
      open.push_back(i);
    }
    std::vector<std::size_t> widths;
    for (std::size_t next = 0; next < open.size(); ++next) {
      const std::size_t at = open[next];
      widths.resize(std::max(widths.size(), layer[at] + 1));
      ++widths[layer[at]];
      for (const PictureEdge& edge : picture_.edges) {
        for (const auto& [here, there] : {std::pair{edge.from, edge.to}, {edge.to, edge.from}}) {
          if (here != at || layer[there] != kNoLayer) continue;
          layer[there] = layer[at] + 1;
          open.push_back(there);
        }
      }
    }
    return widths.empty() ? 0 : *std::ranges::max_element(widths);
  }

  void begin() {
    out_ += "digraph whyalive {\n";
    // Nodes are wider than high: many side by side are read better one below the other.
    out_ += std::string("  graph [rankdir=") + (widestLayer() > kWideLayer ? "LR" : "TB");
    out_ += ", nodesep=0.28, ranksep=0.42, pad=0.25, splines=true";
    out_ += ", bgcolor=" + quoted(options_.transparent ? "transparent" : palette_.background);
    out_ += ", fontname=\"Helvetica,Arial,sans-serif\", fontsize=10, fontcolor=" +
            quoted(palette_.faint);
    if (!picture_.note.empty()) {
      out_ += ", labelloc=b, labeljust=l, label=" + quoted(printableText(picture_.note, 400));
    }
    out_ +=
        "];\n  node [shape=box, style=\"rounded,filled\", penwidth=1.1, margin=\"0.12,0.05\", "
        "height=0.3, fontname=\"Helvetica,Arial,sans-serif\"];\n"
        "  edge [fontname=\"Helvetica,Arial,sans-serif\", fontsize=10, arrowsize=0.65];\n";
  }

  void writeNode(const PictureNode& node) {
    const NodeColours colours = coloursOf(node, options_.theme);
    out_ += "  " + quoted(node.id) + " [";
    attribute("id", node.id);
    attribute("class", classesOf(node));
    htmlAttribute("label", labelOf(node, colours));
    attribute("tooltip", printableText(tooltipOf(node), kTooltipLength));
    if (node.family == Family::More) {
      attribute("style", "rounded,dashed");
    } else {
      attribute("fillcolor", colours.fill);
    }
    attribute("color", node.holder   ? palette_.suspect
                       : node.target ? palette_.target
                                     : colours.border);
    if (node.target || node.holder) attribute("penwidth", "2.4");
    if (node.root) attribute("peripheries", "2");
    out_ += " ];\n";
  }

  static std::string classesOf(const PictureNode& node) {
    std::string classes(nameOf(node.family));
    if (node.target) classes += " target";
    if (node.root) classes += " root";
    if (node.holder) classes += " holder";
    if (node.expandable) classes += " expandable";
    return classes;
  }

  static std::string tooltipOf(const PictureNode& node) {
    if (node.family == Family::More) return node.title;
    std::string text = node.type.empty() ? node.title : node.type;
    if (node.object != kNoObject && node.count == 1)
      text += ", id " + std::to_string(raw(node.object));
    return text;
  }

  static std::string labelOf(const PictureNode& node, const NodeColours& colours) {
    const auto row = [](const std::string& html) { return "<tr><td>" + html + "</td></tr>"; };
    const bool more = node.family == Family::More;
    std::string html = row(
        font(node.title, kTitleLength, more ? 10 : 12, more ? colours.faint : colours.text, !more));
    for (const std::string* line : {&node.subtitle, &node.detail}) {
      if (!line->empty()) html += row(font(*line, kSubtitleLength, 9, colours.faint, false));
    }
    return "<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" cellpadding=\"1\">" + html +
           "</table>";
  }

  void writeEdge(std::size_t number) {
    const PictureEdge& edge = picture_.edges[number];
    const std::string& colour = edge.suspected ? palette_.suspect
                                : edge.cycle   ? palette_.cycle
                                : edge.onPath  ? palette_.pathEdge
                                               : palette_.edge;
    out_ += "  " + quoted(picture_.nodes[edge.from].id) + " -> " +
            quoted(picture_.nodes[edge.to].id) + " [";
    attribute("id", "e" + std::to_string(number));
    attribute("class", classesOf(edge));
    if (!edge.label.empty() || edge.count > 1) {
      htmlAttribute("label", font(" " + wordsOf(edge) + " ", kLabelLength, 10,
                                  edge.suspected || edge.cycle ? colour : palette_.text, false));
    }
    attribute("tooltip", printableText(wordsOf(edge), kTooltipLength));
    attribute("color", colour);
    attribute("penwidth", edge.suspected ? "2.8" : edge.onPath ? "1.7" : "1");
    const bool dashed = picture_.nodes[edge.from].family == Family::More ||
                        picture_.nodes[edge.to].family == Family::More;
    if (dashed) attribute("style", "dashed");
    out_ += " ];\n";
  }

  std::string wordsOf(const PictureEdge& edge) const {
    if (edge.count <= 1) return edge.label;
    const bool isMore = picture_.nodes[edge.from].family == Family::More ||
                        picture_.nodes[edge.to].family == Family::More;
    if (isMore) return edge.label;
    return formatCount(edge.count) + " × " + edge.label;
  }

  static std::string classesOf(const PictureEdge& edge) {
    std::string classes = "reference";
    if (edge.cycle) classes += " cycle";
    if (edge.onPath) classes += " path";
    if (edge.suspected) classes += " suspected";
    return classes;
  }

  const Picture& picture_;
  const DotOptions& options_;
  const Palette& palette_;
  std::string out_;
};

}  // namespace

std::string toDot(const Picture& picture, const DotOptions& options) {
  return DotWriter(picture, options).write();
}

}  // namespace whyalive::pictures
