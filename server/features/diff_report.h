// What changed between snapshots, as whyalive/diff, whyalive/timeline and `whyalive diff --json`
// tell it. Pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "protocol/whyalive/diff.h"
#include "server/heap/analysis.h"
#include "server/heap/series.h"

namespace whyalive::features {

// Snapshots of one process, as far as they say.
bool sameProcess(const heap::Analysis& a, const heap::Analysis& b);

// Oldest first. All rows; `fates`: of the objects of the first and the last, null where these are
// of different processes.
Result<heap::Series> compared(std::span<const heap::Analysis* const> snapshots, api::DiffBy by,
                              bool all, const heap::Fates* fates, const RunControl& control);

// The page that params ask for of what `compared` made of these snapshots; `names` are theirs.
api::DiffResult diffReport(std::span<const heap::Analysis* const> snapshots,
                           const heap::Series& series, std::vector<std::string> names,
                           const api::DiffParams& params);

// `entries` are those of the snapshots.
Result<api::TimelineResult> timelineReport(std::span<const heap::Analysis* const> snapshots,
                                           std::vector<api::SnapshotEntry> entries,
                                           const std::vector<api::TimelineKey>& series,
                                           const RunControl& control);

}  // namespace whyalive::features
