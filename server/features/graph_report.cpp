#include "server/features/graph_report.h"

#include "protocol/base/base64.h"
#include "server/heap/select.h"

namespace whyalive::features {
namespace {

constexpr std::uint32_t kDeepest = 50;
constexpr std::uint32_t kWidest = 200;
constexpr std::uint32_t kMostNodes = 1000;  // beyond, Graphviz takes long and nobody can read it

Result<std::vector<ObjectIndex>> objectsWithIds(const heap::Analysis& analysis,
                                                const std::vector<std::uint32_t>& ids) {
  std::vector<ObjectIndex> objects;
  for (const std::uint32_t id : ids) {
    auto object = heap::objectWithId(analysis, id);
    if (!object) return std::unexpected(object.error());
    objects.push_back(*object);
  }
  return objects;
}

Result<void> checkRange(std::string_view name, std::uint32_t value, std::uint32_t first,
                        std::uint32_t last) {
  if (value >= first && value <= last) return {};
  return fail(ErrorCode::InvalidArgument, "params." + std::string(name) + ": must be between " +
                                              std::to_string(first) + " and " +
                                              std::to_string(last));
}

}  // namespace

std::vector<ObjectIndex> spread(const std::vector<ObjectIndex>& objects, std::size_t count) {
  if (count == 0 || objects.size() <= count) return objects;
  std::vector<ObjectIndex> chosen;
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(objects[i * objects.size() / count]);
  return chosen;
}

Result<std::vector<ObjectIndex>> graphObjects(const heap::Analysis& analysis,
                                              const api::GraphParams& params) {
  if (!params.objects.empty()) return objectsWithIds(analysis, params.objects);
  if (params.type.empty()) {
    return fail(ErrorCode::InvalidArgument,
                "params.objects: must name objects, or params.type a type");
  }
  auto instances = heap::objectsOfType(analysis, params.type);
  if (!instances) return std::unexpected(instances.error());
  return spread(*instances, params.count);
}

Result<pictures::PictureOptions> pictureOptions(const heap::Analysis& analysis,
                                                const api::GraphParams& params) {
  for (const auto& fine : {checkRange("depth", params.depth, 1, kDeepest),
                           checkRange("fanOut", params.fanOut, 1, kWidest),
                           checkRange("maxNodes", params.maxNodes, 2, kMostNodes)}) {
    if (!fine) return std::unexpected(fine.error());
  }
  auto expanded = objectsWithIds(analysis, params.expanded);
  if (!expanded) return std::unexpected(expanded.error());
  pictures::PictureOptions options;
  options.direction = params.direction == api::GraphDirection::Refs ? pictures::Direction::Refs
                      : params.direction == api::GraphDirection::Chain
                          ? pictures::Direction::Chain
                          : pictures::Direction::Backrefs;
  options.depth = params.depth;
  options.fanOut = params.fanOut;
  options.maxNodes = params.maxNodes;
  options.merged = params.merged;
  options.refcounts = params.refcounts;
  options.expanded = *std::move(expanded);
  return options;
}

pictures::DotOptions dotOptions(const api::GraphParams& params) {
  return {params.theme == api::GraphTheme::Dark ? pictures::Theme::Dark : pictures::Theme::Light,
          params.transparent};
}

pictures::PictureFormat pictureFormat(api::GraphFormat format) {
  switch (format) {
    case api::GraphFormat::Svg: return pictures::PictureFormat::Svg;
    case api::GraphFormat::Png: return pictures::PictureFormat::Png;
    case api::GraphFormat::Pdf: return pictures::PictureFormat::Pdf;
    case api::GraphFormat::Dot: return pictures::PictureFormat::Dot;
  }
  return pictures::PictureFormat::Svg;
}

api::GraphResult graphReport(const pictures::Picture& picture, std::string snapshot,
                             api::GraphFormat format, std::string_view content) {
  api::GraphResult report;
  report.snapshot = std::move(snapshot);
  report.format = format;
  const bool isText = format == api::GraphFormat::Svg || format == api::GraphFormat::Dot;
  report.content = isText ? std::string(content) : toBase64(content);
  report.merged = picture.merged;
  report.note = picture.note;
  for (const pictures::PictureNode& node : picture.nodes) {
    api::GraphNode& one = report.nodes.emplace_back();
    one.node = node.id;
    if (node.object != kNoObject) one.object = raw(node.object);
    one.type = node.type;
    one.title = node.title;
    one.count = node.count;
    one.target = node.target;
    one.root = node.root;
    one.holder = node.holder;
    one.expandable = node.expandable;
  }
  for (const pictures::PictureEdge& edge : picture.edges) {
    report.edges.push_back({picture.nodes[edge.from].id, picture.nodes[edge.to].id, edge.label,
                            edge.count, edge.cycle, edge.suspected});
  }
  return report;
}

}  // namespace whyalive::features
