#include "server/features/partition_report.h"

#include <algorithm>
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
  }
  return heap::PartitionBy::Kind;
}

api::PartitionResult partitionReport(const heap::PartitionTable& table, std::string snapshot,
                                     const api::PartitionParams& params) {
  api::PartitionResult report;
  report.snapshot = std::move(snapshot);
  report.by = params.by;
  report.total = {table.totalCount, table.totalSize, growthOf(table.totalGrowth)};
  report.rowCount = table.rows.size();
  std::size_t begin = std::min<std::size_t>(params.offset, table.rows.size());
  std::size_t end = begin + std::min<std::size_t>(params.limit, table.rows.size() - begin);
  for (std::size_t i = begin; i < end; ++i) {
    const heap::PartitionRow& row = table.rows[i];
    report.rows.push_back(
        {row.index, row.label, row.type, row.count, row.size, row.retained, growthOf(row.growth)});
  }
  return report;
}

}  // namespace whyalive::features
