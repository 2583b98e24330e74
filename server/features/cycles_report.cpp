#include "server/features/cycles_report.h"

#include <algorithm>

#include "server/features/object_report.h"

namespace whyalive::features {
namespace {

api::CycleState onWire(heap::CycleState state) {
  return state == heap::CycleState::Garbage ? api::CycleState::Garbage : api::CycleState::Live;
}

api::CyclesTotal totals(const heap::CycleTotals& totals) {
  return {totals.cycles, totals.objects, totals.retained};
}

api::CycleRow rowOf(const heap::Analysis& analysis, const heap::CycleGroup& group) {
  api::CycleRow row;
  row.state = onWire(group.state);
  row.expression = group.ring.expression;
  row.cycles = group.cycles;
  row.objects = group.objects;
  row.size = group.size;
  row.retained = group.retained;
  for (const heap::TypeShare& share : group.types) {
    row.types.push_back({share.type, share.count, share.bytes});
  }
  row.finalizers = group.finalizers;
  for (const heap::RingStep& step : group.ring.steps) {
    row.ring.push_back({objectRow(analysis, step.object), step.text,
                        std::string(heap::toString(step.step.kind)), step.step.name});
  }
  if (group.cut) {
    row.cut = api::CycleCut{group.cut->step, group.cut->type, group.cut->attribute,
                            group.cut->breaks, group.cut->reason};
  }
  if (!group.holder.empty()) row.holder = group.holder;
  return row;
}

}  // namespace

api::CyclesResult cyclesReport(const heap::Analysis& analysis, const heap::CyclesReport& cycles,
                               std::string snapshot, const api::CyclesParams& params) {
  const heap::ProcessInfo& process = analysis.process();
  api::CyclesResult report;
  report.snapshot = std::move(snapshot);
  report.collector = {process.gcEnabled, process.gcThresholds, process.collectorRuns()};
  report.garbage = totals(cycles.garbage);
  report.live = totals(cycles.live);
  std::vector<const heap::CycleGroup*> wanted;
  for (const heap::CycleGroup& group : cycles.groups) {
    if (!params.state || onWire(group.state) == *params.state) wanted.push_back(&group);
  }
  report.rowCount = wanted.size();
  const std::size_t begin = std::min<std::size_t>(params.offset, wanted.size());
  const std::size_t end = begin + std::min<std::size_t>(params.limit, wanted.size() - begin);
  for (std::size_t i = begin; i < end; ++i) report.rows.push_back(rowOf(analysis, *wanted[i]));
  return report;
}

}  // namespace whyalive::features
