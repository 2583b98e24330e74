// Sorts strings by their text, in the order of SQLite's BINARY collation (byte by byte).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "protocol/base/result.h"
#include "server/heap/heap_graph.h"
#include "server/sql/query_run.h"

namespace whyalive::sql {

struct TextOrder {
  std::vector<std::uint32_t> strings;  // equal texts in the order of their ids
  std::vector<bool> repeats;           // by position: its text is that of the one before
};

// Stops with the query.
Result<TextOrder> sortedByText(const heap::HeapGraph& graph, std::span<const std::uint32_t> strings,
                               QueryRun& run);

}  // namespace whyalive::sql
