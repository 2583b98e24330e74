#include "server/features/paths_report.h"

#include <algorithm>
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
  report.shortest = path.shortest;
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

// Folds paths that begin alike into one tree. An object has one shortest path, so these add up;
// the other ways of an object may lead through the same place, and count there where they are more.
class Folder {
 public:
  void add(const heap::RetainingPath& path, std::uint32_t number) {
    std::optional<std::uint32_t> node;
    for (const heap::Step& step : path.steps) {
      node = child(node, step);
      Shares& shares = shares_[*node];
      shares.shortest += path.shortest;
      shares.shortestRetained += path.shortest > 0 ? path.retained : 0;
      shares.count = std::max(shares.count, path.count);
      shares.retained = std::max(shares.retained, path.retained);
    }
    if (node) tree_[*node].paths.push_back(number);
  }

  std::vector<api::PathTreeNode> take() {
    for (std::size_t i = 0; i < tree_.size(); ++i) {
      tree_[i].count = std::max(shares_[i].count, shares_[i].shortest);
      tree_[i].retained = std::max(shares_[i].retained, shares_[i].shortestRetained);
    }
    return std::move(tree_);
  }

 private:
  struct Shares {
    std::uint64_t shortest = 0, count = 0;  // sum of shortest paths, largest of all
    Bytes shortestRetained = 0, retained = 0;
  };

  std::uint32_t child(std::optional<std::uint32_t> parent, const heap::Step& step) {
    const std::string label = labelOf(step, !parent);
    const auto [it, added] =
        known_.try_emplace({parent, label, step.type}, static_cast<std::uint32_t>(tree_.size()));
    if (!added) return it->second;
    shares_.emplace_back();
    api::PathTreeNode& node = tree_.emplace_back();
    node.parent = parent;
    node.label = label;
    node.kind = heap::toString(step.kind);
    node.type = step.type;
    if (step.object != kNoObject) node.id = raw(step.object);
    return it->second;
  }

  std::map<std::tuple<std::optional<std::uint32_t>, std::string, std::string>, std::uint32_t>
      known_;
  std::vector<api::PathTreeNode> tree_;
  std::vector<Shares> shares_;  // by node
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
  report.tree = folder.take();
  for (api::PathTreeNode& node : report.tree) {
    node.count = 1;
    node.retained = analysis.dominators().retained(o);
  }
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
  const heap::WhyOptions options{.paths = count, .searched = heap::kSearched};
  const auto why = heap::whyAlive(analysis, objects, options, control);
  if (!why) return std::unexpected(why.error());
  api::PathsResult report;
  report.snapshot = std::move(snapshot);
  report.objects = why->objects;
  report.unreachable = why->unreachable;
  report.pathCount = why->pathCount;
  report.more = why->more;
  Folder folder;
  for (const heap::RetainingPath& path : why->paths) {
    folder.add(path, static_cast<std::uint32_t>(report.paths.size()));
    report.paths.push_back(pathReport(analysis, path, 1));
  }
  report.tree = folder.take();
  return report;
}

}  // namespace whyalive::features
