// A page of heap::partition()'s table as whyalive/partition answers it. Pure.
#pragma once

#include <string>

#include "protocol/whyalive/partition.h"
#include "server/heap/partition.h"

namespace whyalive::features {

heap::PartitionBy heapPartition(api::PartitionBy by);

api::PartitionResult partitionReport(const heap::PartitionTable& table, std::string snapshot,
                                     const api::PartitionParams& params);

}  // namespace whyalive::features
