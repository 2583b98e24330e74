#include "server/heap/analysis.h"

#include "server/heap/statistics_index.h"

namespace whyalive::heap {

struct Analysis::Parts {
  HeapGraph graph;
  ProcessInfo process;
  Kinds kinds;
  Roots roots;
  Dominators dominators;
  Paths paths;
  std::unique_ptr<StatisticsIndex> statistics;
};

Analysis::Analysis(Parts parts) : parts_(std::make_unique<Parts>(std::move(parts))) {}
Analysis::~Analysis() = default;

const HeapGraph& Analysis::graph() const { return parts_->graph; }
const ProcessInfo& Analysis::process() const { return parts_->process; }
const Kinds& Analysis::kinds() const { return parts_->kinds; }
const Roots& Analysis::roots() const { return parts_->roots; }
const Dominators& Analysis::dominators() const { return parts_->dominators; }
const Paths& Analysis::paths() const { return parts_->paths; }
const StatisticsIndex& Analysis::statistics() const { return *parts_->statistics; }

Result<std::shared_ptr<const Analysis>> analyse(Snapshot snapshot, const RunControl& control) {
  const auto cancelled = [&](std::string_view step, double fraction) {
    return !control.keepGoing(step, fraction);
  };
  const auto stop = [] { return fail(ErrorCode::Cancelled, "the analysis was cancelled"); };
  ProcessInfo process = processInfo(snapshot);
  if (cancelled("linking references", 0)) return stop();
  HeapGraph graph(std::move(snapshot));
  if (cancelled("naming kinds", 0)) return stop();
  Kinds kinds = Kinds::classify(graph);
  if (cancelled("finding roots", 0)) return stop();
  Roots roots = Roots::find(graph);
  Result<Paths> paths = Paths::find(graph, roots, control);
  if (!paths) return std::unexpected(paths.error());
  Result<Dominators> dominators = Dominators::find(graph, roots, control);
  if (!dominators) return std::unexpected(dominators.error());
  if (cancelled("counting", 0)) return stop();
  auto statistics = std::make_unique<StatisticsIndex>(graph, *dominators);
  return std::make_shared<const Analysis>(
      Analysis::Parts{std::move(graph), std::move(process), std::move(kinds), std::move(roots),
                      std::move(*dominators), std::move(*paths), std::move(statistics)});
}

}  // namespace whyalive::heap
