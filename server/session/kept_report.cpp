#include "server/session/kept_report.h"

#include <nlohmann/json.hpp>

#include "protocol/json/convert.h"
#include "protocol/whyalive/partition.h"
#include "server/features/partition_report.h"
#include "server/heap/analysis.h"
#include "server/heap/partition.h"
#include "server/session/snapshot_store.h"
#include "server/session/sql_desk.h"

namespace whyalive::session {
namespace {

Result<heap::PartitionTable> divided(const StoredSnapshot& now, const StoredSnapshot* since,
                                     const api::PartitionParams& params,
                                     heap::LatestClassification* latest,
                                     const RunControl& control) {
  heap::PartitionOptions options;
  options.since = since == nullptr ? nullptr : since->analysis.get();
  options.within = features::heapParts(params.within);
  options.offset = params.offset;
  options.limit = params.limit;
  options.latest = latest;
  options.settled = &now.kept->settled;
  std::vector<ObjectIndex> ofNow, ofSince;
  if (params.where) {
    auto found = now.desk->objectsWhere(*params.where, control);
    if (!found) return std::unexpected(found.error());
    ofNow = *std::move(found);
    options.of = ofNow;
    if (since != nullptr) {
      found = since->desk->objectsWhere(*params.where, control);
      if (!found) return std::unexpected(found.error());
      ofSince = *std::move(found);
      options.ofSince = ofSince;
    }
  }
  return heap::partition(*now.analysis, features::heapPartition(params.by), options, control);
}

}  // namespace

Result<std::shared_ptr<const heap::Fates>> fatesSince(const StoredSnapshot& now,
                                                      const StoredSnapshot& before,
                                                      const RunControl& control) {
  const auto find = [&] {
    return heap::fatesOf(before.analysis->graph(), now.analysis->graph(), control);
  };
  return now.kept->fates.at(before.id)->get(find, control);
}

Result<std::shared_ptr<const heap::CyclesReport>> cyclesOf(const StoredSnapshot& now,
                                                           const RunControl& control) {
  return now.kept->cycles.get([&] { return heap::findCycles(*now.analysis, control); }, control);
}

Result<std::shared_ptr<const heap::FlameTree>> flameOf(const StoredSnapshot& now,
                                                       const RunControl& control) {
  return now.kept->flame.get([&] { return heap::FlameTree::find(*now.analysis, control); },
                             control);
}

std::string tableName(const api::PartitionParams& params) {
  api::PartitionParams table = params;
  table.snapshot.reset();  // it is this one, however it was called
  table.offset = table.limit = 0;
  return json::write(table).dump();
}

Result<std::shared_ptr<const heap::PartitionTable>> pageOf(const StoredSnapshot& now,
                                                           const StoredSnapshot* since,
                                                           const api::PartitionParams& params,
                                                           heap::LatestClassification* latest,
                                                           const RunControl& control) {
  const auto make = [&] { return divided(now, since, params, latest, control); };
  return now.kept->tables.at(tableName(params))->get(params.offset, params.limit, make, control);
}

}  // namespace whyalive::session
