// heap::partition()'s table as whyalive/partition answers it. Pure.
#pragma once

#include <string>
#include <vector>

#include "protocol/whyalive/partition.h"
#include "server/heap/partition.h"

namespace whyalive::features {

heap::PartitionBy heapPartition(api::PartitionBy by);
std::vector<heap::PartitionPart> heapParts(const std::vector<api::PartitionPart>& parts);

// The table has just the rows that are wanted.
api::PartitionResult partitionReport(const heap::PartitionTable& table, std::string snapshot,
                                     const api::PartitionParams& params);

}  // namespace whyalive::features
