// Sorts strings by their text, in the order of SQLite's BINARY collation (byte by byte).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "protocol/base/result.h"
#include "server/heap/heap_graph.h"
#include "server/sql/query_run.h"

namespace whyalive::sql {

// Equal texts stand in the order of their ids. Stops with the query.
Result<std::vector<std::uint32_t>> sortedByText(const heap::HeapGraph& graph,
                                                std::span<const std::uint32_t> strings,
                                                QueryRun& run);

}  // namespace whyalive::sql
