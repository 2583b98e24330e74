#include "server/features/diff_report.h"

#include <algorithm>

#include "server/features/suspect_report.h"
#include "server/heap/expression.h"

namespace whyalive::features {
namespace {

using Snapshots = std::span<const heap::Analysis* const>;

heap::SeriesBy heapSeries(api::DiffBy by) {
  switch (by) {
    case api::DiffBy::Kind: return heap::SeriesBy::Kind;
    case api::DiffBy::Type: return heap::SeriesBy::Type;
    case api::DiffBy::Module: return heap::SeriesBy::Module;
    case api::DiffBy::Holder: return heap::SeriesBy::Holder;
    case api::DiffBy::Path: return heap::SeriesBy::Path;
  }
  return heap::SeriesBy::Kind;
}

api::ObjectFates fatesReport(const heap::FateCounts& counts) {
  return {counts.survived, counts.added, counts.gone, counts.uncertain};
}

std::int64_t change(const std::vector<std::uint64_t>& values) {
  return static_cast<std::int64_t>(values.back() - values.front());
}

api::DiffRow rowReport(Snapshots snapshots, const heap::SeriesRow& row, api::DiffBy by) {
  api::DiffRow report;
  report.label = heap::labelOf(snapshots, row);
  report.type = row.type;
  if (!row.place.empty()) report.signature = heap::signatureOf(row);
  report.counts = row.counts;
  report.sizes = row.sizes;
  report.growth = {row.countGrowth(), row.sizeGrowth()};
  report.grewAlways = row.grewAlways();
  if (row.fates) report.objects = fatesReport(*row.fates);
  const bool exists = row.exampleIn + 1 == snapshots.size() && row.example != kNoObject;
  if (by == api::DiffBy::Holder && exists) {
    report.holder = holderReport(heap::describeHolder(*snapshots.back(), row.example));
  }
  return report;
}

}  // namespace

bool sameProcess(const heap::Analysis& a, const heap::Analysis& b) {
  constexpr std::int64_t kWaverNs = 2'000'000'000;  // a start time is computed from the clock
  const heap::ProcessInfo& one = a.process();
  const heap::ProcessInfo& other = b.process();
  if (!one.pid || one.pid != other.pid) return false;
  if (!one.startTime || !other.startTime) return one.startTime == other.startTime;
  return std::max(*one.startTime, *other.startTime) - kWaverNs <=
         std::min(*one.startTime, *other.startTime);
}

Result<heap::Series> compared(Snapshots snapshots, api::DiffBy by, bool all,
                              const heap::Fates* fates, const RunControl& control) {
  return heap::seriesOf(snapshots, {heapSeries(by), all && snapshots.size() > 1, fates}, control);
}

api::DiffResult diffReport(Snapshots snapshots, const heap::Series& series,
                           std::vector<std::string> names, const api::DiffParams& params) {
  api::DiffResult report;
  report.snapshots = std::move(names);
  report.by = params.by;
  report.counts = series.counts;
  report.sizes = series.sizes;
  report.growth = {change(series.counts), change(series.sizes)};
  if (series.fates) report.objects = fatesReport(*series.fates);
  report.rowCount = series.rows.size();
  const std::size_t begin = std::min<std::size_t>(params.offset, series.rows.size());
  const std::size_t end = begin + std::min<std::size_t>(params.limit, series.rows.size() - begin);
  for (std::size_t i = begin; i < end; ++i) {
    report.rows.push_back(rowReport(snapshots, series.rows[i], params.by));
  }
  return report;
}

Result<api::TimelineResult> timelineReport(Snapshots snapshots,
                                           std::vector<api::SnapshotEntry> entries,
                                           const std::vector<api::TimelineKey>& series,
                                           const RunControl& control) {
  std::vector<heap::SeriesKey> keys;
  api::TimelineResult report;
  for (const api::TimelineKey& key : series) {
    keys.push_back({heapSeries(key.by), key.name});
    report.series.push_back({key.by, key.name, key.name, {}});
  }
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    const heap::Analysis& analysis = *snapshots[i];
    report.total.push_back(
        {entries[i].objects, entries[i].bytes, analysis.dominators().totalReachable()});
    if (keys.empty()) continue;
    const auto points = heap::pointsOf(analysis, keys, control);
    if (!points) return std::unexpected(points.error());
    for (std::size_t k = 0; k < keys.size(); ++k) {
      const heap::SeriesPoint& point = (*points)[k];
      report.series[k].points.push_back({point.count, point.size, point.retained});
      const bool place = keys[k].by == heap::SeriesBy::Holder || keys[k].by == heap::SeriesBy::Path;
      if (place && point.example != kNoObject) {
        report.series[k].label =
            heap::expressionOf(heap::stepsTo(analysis, point.example, heap::Masking::Positions));
      }
    }
  }
  report.snapshots = std::move(entries);
  return report;
}

}  // namespace whyalive::features
