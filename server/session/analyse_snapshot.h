// From the bytes of a snapshot to everything a session shows of it. Long; pure but for the sources
// it reads through the index it is given; runs on the pool.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/net/take_snapshot.h"
#include "server/session/snapshot_store.h"

namespace whyalive::session {

// Read and analyse. The content must stay as it is while anybody holds the analysis.
Result<StoredSnapshot> analyseSnapshot(std::shared_ptr<const net::SnapshotBytes> content,
                                       const RunControl& control);

struct FoundSuspects {
  std::vector<sources::LocatedSuspect> suspects;
  std::vector<heap::ClearedHolder> cleared;
};

// Suspects of `now` since `bases` (oldest first), with their lines.
Result<FoundSuspects> locateSuspects(const heap::Analysis& now,
                                     const std::vector<SnapshotPtr>& bases,
                                     sources::SourceIndex& index, const RunControl& control);

// The same; meanwhile, on a second core, what people look at first: steps that are stopped when the
// suspects are found. What is not ready then is left to whoever asks for it.
using Meanwhile = std::function<Result<void>(const RunControl&)>;
Result<FoundSuspects> locateSuspects(const heap::Analysis& now,
                                     const std::vector<SnapshotPtr>& bases,
                                     sources::SourceIndex& index,
                                     const std::vector<Meanwhile>& meanwhile,
                                     const RunControl& control);

}  // namespace whyalive::session
