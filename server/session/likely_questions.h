// What a person who looks at the tables of a snapshot asks for next, as steps of a WarmUp: the
// heap divided in each way, in pages as the VS Code panel reads them, its cycles, its flame graph.
// In the order in which it helps most.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "protocol/whyalive/partition.h"
#include "server/session/analyse_snapshot.h"
#include "server/session/snapshot_store.h"
#include "server/session/warm_up.h"

namespace whyalive::session {

// `since` is what the tables are compared with; null: nothing.
std::deque<WarmUp::Step> likelyQuestions(const SnapshotPtr& now, const SnapshotPtr& since);

// Of these what the panel opens with, of a snapshot that is about to be kept.
std::vector<Meanwhile> firstTables(const StoredSnapshot& now, const SnapshotPtr& since);

// Whoever sees this table asks for the objects of one of its rows: how it divides the heap is kept
// for them. Nothing for tables that need none of that.
std::optional<WarmUp::Step> likelyAfter(const SnapshotPtr& now, api::PartitionBy by);

// What steps and pauses call what is found of a snapshot: "cycles", "flame", a table's name.
std::string nameIn(const StoredSnapshot& now, const std::string& thing);
inline constexpr const char* kCyclesName = "cycles";
inline constexpr const char* kFlameName = "flame";

}  // namespace whyalive::session
