#include "server/features/partition_report.h"

#include <utility>

namespace whyalive::features {
namespace {

std::optional<api::SizeGrowth> growthOf(const std::optional<heap::PartitionGrowth>& growth) {
  if (!growth) return std::nullopt;
  return api::SizeGrowth{growth->count, growth->size};
}

}  // namespace

heap::PartitionBy heapPartition(api::PartitionBy by) {
  switch (by) {
    case api::PartitionBy::Kind: return heap::PartitionBy::Kind;
    case api::PartitionBy::Type: return heap::PartitionBy::Type;
    case api::PartitionBy::Module: return heap::PartitionBy::Module;
    case api::PartitionBy::Holder: return heap::PartitionBy::Holder;
    case api::PartitionBy::Referrers: return heap::PartitionBy::Referrers;
    case api::PartitionBy::Via: return heap::PartitionBy::Via;
    case api::PartitionBy::Size: return heap::PartitionBy::Size;
    case api::PartitionBy::Id: return heap::PartitionBy::Id;
  }
  return heap::PartitionBy::Kind;
}

std::vector<heap::PartitionPart> heapParts(const std::vector<api::PartitionPart>& parts) {
  std::vector<heap::PartitionPart> result;
  for (const api::PartitionPart& part : parts) {
    result.push_back({heapPartition(part.by), part.kind});
  }
  return result;
}

api::PartitionResult partitionReport(const heap::PartitionTable& table, std::string snapshot,
                                     const api::PartitionParams& params) {
  api::PartitionResult report;
  report.snapshot = std::move(snapshot);
  report.by = params.by;
  report.total = {table.totalCount, table.totalSize, growthOf(table.totalGrowth)};
  report.rowCount = table.rowCount;
  for (const heap::PartitionRow& row : table.rows) {
    std::optional<std::uint64_t> id;
    if (row.object != kNoObject) id = raw(row.object);
    std::optional<bool> atLeast;
    if (row.atLeast) atLeast = true;
    report.rows.push_back({row.index, row.label, row.type, row.count, row.size, row.retained,
                           atLeast, id, growthOf(row.growth)});
  }
  return report;
}

}  // namespace whyalive::features
