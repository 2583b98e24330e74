// Partition: the heap as a table, largest group first. Pure; linear in the number of objects.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/ids.h"
#include "server/heap/analysis.h"

namespace whyalive::heap {

enum class PartitionBy {
  Kind,    // guppy's "class / dict of class"
  Type,    // type of the object
  Module,  // module that defines the type
};

std::string_view toString(PartitionBy by);  // "kind", "type", "module"
std::optional<PartitionBy> partitionBy(std::string_view word);

struct PartitionGrowth {
  std::int64_t count = 0;
  std::int64_t size = 0;
};

struct PartitionRow {
  std::uint32_t index = 0;  // 0 = largest
  std::string label;        // what the table prints: "dict of xmpp.simplexml.Node"
  std::string type;         // type of the objects themselves; "" when they differ
  std::uint64_t count = 0;
  Bytes size = 0;      // shallow
  Bytes retained = 0;  // at least this much goes when all of the group go
  std::optional<PartitionGrowth> growth;
};

struct PartitionTable {
  PartitionBy by = PartitionBy::Kind;
  std::uint64_t totalCount = 0;
  Bytes totalSize = 0;
  std::optional<PartitionGrowth> totalGrowth;
  std::vector<PartitionRow> rows;  // by size, then label; with `since` also groups that are gone
};

struct PartitionOptions {
  const Analysis* since = nullptr;  // adds growth
};

PartitionTable partition(const Analysis& analysis, PartitionBy by,
                         const PartitionOptions& options = {});

}  // namespace whyalive::heap
