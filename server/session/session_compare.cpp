// What is asked of several snapshots, and forgetting one.
#include <utility>

#include "server/features/diff_report.h"
#include "server/heap/analysis.h"
#include "server/net/typed.h"
#include "server/session/kept_report.h"
#include "server/session/live_copies.h"
#include "server/session/question.h"
#include "server/session/session.h"
#include "server/session/warm_up.h"

namespace whyalive::session {
namespace {

std::vector<const heap::Analysis*> analysesOf(const std::vector<SnapshotPtr>& snapshots) {
  std::vector<const heap::Analysis*> analyses;
  for (const SnapshotPtr& one : snapshots) analyses.push_back(one->analysis.get());
  return analyses;
}

// Pages of one comparison are made from one answer, kept with the last of the snapshots.
Result<api::DiffResult> diffOf(const std::vector<SnapshotPtr>& snapshots,
                               const api::DiffParams& params, const RunControl& control) {
  std::string key = std::to_string(static_cast<int>(params.by)) + (params.all ? " all" : "");
  std::vector<std::string> names;
  for (const SnapshotPtr& one : snapshots) {
    names.push_back(one->id);
    key += " " + one->id;
  }
  const std::vector<const heap::Analysis*> analyses = analysesOf(snapshots);
  const auto compare = [&]() -> Result<heap::Series> {
    std::shared_ptr<const heap::Fates> fates;
    if (snapshots.size() > 1 && features::sameProcess(*analyses.front(), *analyses.back())) {
      auto found = fatesSince(*snapshots.back(), *snapshots.front(), control);
      if (!found) return std::unexpected(found.error());
      fates = *std::move(found);
    }
    return features::compared(analyses, params.by, params.all, fates.get(), control);
  };
  const auto series = snapshots.back()->kept->series.at(key)->get(compare, control);
  if (!series) return std::unexpected(series.error());
  return features::diffReport(analyses, **series, std::move(names), params);
}

}  // namespace

Session::Task<api::DiffResult> Session::diff(api::DiffParams params, LongCall call) {
  auto self = shared_from_this();
  if (auto fine = checkLimit(params.limit); !fine) co_return std::unexpected(fine.error());
  if (store_.all().empty() && !params.snapshot) {
    api::DiffResult nothing;
    nothing.by = params.by;
    co_return nothing;
  }
  auto now = store_.find(params.snapshot);
  if (!now) co_return std::unexpected(now.error());
  std::vector<SnapshotPtr> snapshots;
  if (params.since) {
    for (const std::string& id : *params.since) {
      auto base = store_.find(id);
      if (!base) co_return std::unexpected(base.error());
      snapshots.push_back(*base);
    }
  } else {
    snapshots = store_.earlier(**now);
  }
  snapshots.push_back(*now);
  const auto pause = lookAt(*now, "comparison");
  auto progress = report(call, "Comparing snapshots");
  RunControl control = progress->control(call.cancellation);
  auto compare = [snapshots, params, control] { return diffOf(snapshots, params, control); };
  auto compared = co_await net::offload(surroundings_.pool, std::move(compare));
  progress->end();
  co_return compared;
}

Session::Task<api::TimelineResult> Session::timeline(api::TimelineParams params, LongCall call) {
  auto self = shared_from_this();
  if (store_.all().empty() && !params.snapshot) co_return api::TimelineResult{};
  auto which = store_.find(params.snapshot);
  if (!which) co_return std::unexpected(which.error());
  std::vector<SnapshotPtr> snapshots;
  for (const SnapshotPtr& one : store_.all()) {
    if (one == *which || one->sameProcess(**which)) snapshots.push_back(one);
  }
  const auto pause = warmUp_->pause();
  auto progress = report(call, "Comparing snapshots");
  RunControl control = progress->control(call.cancellation);
  std::vector<api::SnapshotEntry> entries;
  for (const SnapshotPtr& one : snapshots) entries.push_back(entryOf(*one));
  auto count = [snapshots, entries, params, control] {
    return features::timelineReport(analysesOf(snapshots), entries, params.series, control);
  };
  auto counted = co_await net::offload(surroundings_.pool, std::move(count));
  progress->end();
  co_return counted;
}

// Whoever still reads it keeps it until then.
Result<json::Empty> Session::closeSnapshot(api::CloseSnapshotParams params) {
  auto found = store_.find(params.snapshot);
  if (!found) return std::unexpected(found.error());
  const bool current = *found == store_.current();
  copies_->release((*found)->id);
  warmUp_->forget((*found)->id);
  store_.remove(**found);
  if (current) {
    suspectsChanged();
  } else {
    announceState();
  }
  return json::Empty{};
}

}  // namespace whyalive::session
