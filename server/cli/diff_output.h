// What `whyalive diff` says of what changed: for people and as JSON.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"
#include "server/heap/series.h"

namespace whyalive::cli {

class Console;

struct Changes {
  std::vector<std::string> names;  // of the snapshots, oldest first
  std::vector<const heap::Analysis*> snapshots;
  heap::Series kinds;
  heap::Series holders;  // those that hold more
  // Where the snapshots are of one process: new objects that nothing keeps any more.
  std::optional<std::uint64_t> newGarbage;
};

Result<Changes> changesBetween(std::vector<std::string> names,
                               std::vector<const heap::Analysis*> snapshots,
                               const RunControl& control);

nlohmann::json changesJson(const Changes& changes, std::size_t rows);
void printChanges(const Changes& changes, std::size_t rows, Console& console);

}  // namespace whyalive::cli
