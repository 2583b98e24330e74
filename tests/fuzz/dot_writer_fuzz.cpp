// Names from a hostile heap in a picture: Graphviz reads the DOT text as exactly the nodes and
// edges that the picture has.
#include <graphviz/cgraph.h>

#include <string>
#include <vector>

#include "server/pictures/dot_writer.h"
#include "tests/fuzz/input.h"

namespace whyalive {
namespace {

using pictures::Picture;
using pictures::PictureEdge;
using pictures::PictureNode;

std::string word(fuzz::Input& input) { return std::string(input.text(input.byte() % 40)); }

Picture picture(fuzz::Input& input) {
  Picture out;
  const std::size_t nodes = 1 + input.byte() % 8;
  for (std::size_t i = 0; i < nodes; ++i) {
    PictureNode node;
    node.id = "o" + std::to_string(i);
    node.family = static_cast<pictures::Family>(input.byte() % 9);
    node.type = word(input), node.title = word(input);
    node.subtitle = word(input), node.detail = word(input);
    const std::uint8_t flags = input.byte();
    node.target = flags & 1, node.root = flags & 2, node.holder = flags & 4;
    out.nodes.push_back(std::move(node));
  }
  for (std::size_t i = input.byte() % 12; i > 0; --i) {
    PictureEdge edge;
    edge.from = static_cast<std::uint32_t>(input.byte() % nodes);
    edge.to = static_cast<std::uint32_t>(input.byte() % nodes);
    edge.label = word(input), edge.count = 1 + input.byte();
    const std::uint8_t flags = input.byte();
    edge.cycle = flags & 1, edge.onPath = flags & 2, edge.suspected = flags & 4;
    out.edges.push_back(std::move(edge));
  }
  out.note = word(input);
  return out;
}

}  // namespace
}  // namespace whyalive

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace whyalive;
  fuzz::Input input(data, size);
  const pictures::DotOptions options{.theme = input.byte() % 2 ? pictures::Theme::Dark
                                                               : pictures::Theme::Light};
  const Picture drawn = picture(input);
  const std::string dot = pictures::toDot(drawn, options);
  Agraph_t* graph = agmemread(dot.c_str());
  EXPECT(graph != nullptr);
  EXPECT(static_cast<std::size_t>(agnnodes(graph)) == drawn.nodes.size());
  EXPECT(static_cast<std::size_t>(agnedges(graph)) == drawn.edges.size());
  for (const pictures::PictureNode& node : drawn.nodes) {
    EXPECT(agnode(graph, const_cast<char*>(node.id.c_str()), 0) != nullptr);
  }
  agclose(graph);
  return 0;
}
