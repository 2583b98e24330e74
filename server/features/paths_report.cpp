#include "server/features/paths_report.h"

#include <map>
#include <tuple>
#include <utility>

#include "server/features/object_report.h"
#include "server/features/suspect_report.h"
#include "server/heap/expression.h"
#include "server/heap/ways.h"
#include "server/heap/why.h"

namespace whyalive::features {
namespace {

api::RetainingPath pathReport(const heap::Analysis& analysis, const heap::RetainingPath& path,
                              std::uint64_t ways) {
  api::RetainingPath report;
  report.expression = path.expression;
  report.count = path.count;
  report.ways = ways;
  report.retained = path.retained;
  report.example = objectRow(analysis, path.example);
  report.steps = stepReports(path.steps);
  return report;
}

std::string labelOf(const heap::Step& step, bool root) {
  if (step.kind == heap::StepKind::Module) return "module " + step.name;
  if (!root) return heap::expressionPart(step);
  const std::string text = heap::expressionOf(std::span(&step, 1));
  return text;
}

// Folds paths that begin alike into one tree.
class Folder {
 public:
  void add(const heap::RetainingPath& path, std::uint32_t number) {
    std::optional<std::uint32_t> node;
    for (const heap::Step& step : path.steps) {
      node = child(node, step);
      tree[*node].count += path.count;
      tree[*node].retained += path.retained;
    }
    if (node) tree[*node].paths.push_back(number);
  }

  std::vector<api::PathTreeNode> tree;

 private:
  std::uint32_t child(std::optional<std::uint32_t> parent, const heap::Step& step) {
    const std::string label = labelOf(step, !parent);
    const auto [it, added] =
        known_.try_emplace({parent, label, step.type}, static_cast<std::uint32_t>(tree.size()));
    if (!added) return it->second;
    api::PathTreeNode& node = tree.emplace_back();
    node.parent = parent;
    node.label = label;
    node.kind = heap::toString(step.kind);
    node.type = step.type;
    if (step.object != kNoObject) node.id = raw(step.object);
    return it->second;
  }

  std::map<std::tuple<std::optional<std::uint32_t>, std::string, std::string>, std::uint32_t>
      known_;
};

Result<api::PathsResult> ofOne(const heap::Analysis& analysis, ObjectIndex o, std::size_t count,
                               const RunControl& control) {
  const auto why = heap::whyThisAlive(analysis, o, count, control);
  if (!why) return std::unexpected(why.error());
  api::PathsResult report;
  report.objects = 1;
  report.unreachable = why->reachable ? 0 : 1;
  report.pathCount = why->pathCount;
  report.more = why->more;
  Folder folder;
  for (const heap::MergedWay& way : why->paths) {
    folder.add(way.path, static_cast<std::uint32_t>(report.paths.size()));
    report.paths.push_back(pathReport(analysis, way.path, way.ways));
  }
  // However many ways lead through a place, it is one object that they keep.
  for (api::PathTreeNode& node : folder.tree) {
    node.count = 1;
    node.retained = analysis.dominators().retained(o);
  }
  report.tree = std::move(folder.tree);
  return report;
}

}  // namespace

Result<api::PathsResult> pathsReport(const heap::Analysis& analysis,
                                     std::span<const ObjectIndex> objects, std::string snapshot,
                                     std::size_t count, const RunControl& control) {
  if (objects.size() == 1) {
    auto report = ofOne(analysis, objects.front(), count, control);
    if (report) report->snapshot = std::move(snapshot);
    return report;
  }
  const heap::WhyAlive why = heap::whyAlive(analysis, objects, {.paths = count});
  api::PathsResult report;
  report.snapshot = std::move(snapshot);
  report.objects = why.objects;
  report.unreachable = why.unreachable;
  report.pathCount = why.pathCount;
  Folder folder;
  for (const heap::RetainingPath& path : why.paths) {
    folder.add(path, static_cast<std::uint32_t>(report.paths.size()));
    report.paths.push_back(pathReport(analysis, path, 1));
  }
  report.tree = std::move(folder.tree);
  return report;
}

}  // namespace whyalive::features
