// Live counts of a process's objects by type, as its agent makes them without a copy, and watching
// them from the command line.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "protocol/base/result.h"

namespace whyalive::net {

struct AgentInfo;

struct TypeCount {
  std::string type;  // "dict", "myapp.models.User": text out of a foreign heap
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};

struct LiveCounts {
  std::int64_t timeMs = 0;      // since the Unix epoch
  std::uint64_t stoppedNs = 0;  // the process stood still
  std::uint64_t waitedNs = 0;   // until the agent had the GIL
  std::uint64_t nextMs = 0;     // until the agent will count anew
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
  std::uint64_t rss = 0;
  std::uint64_t typeCount = 0;   // also of those left out
  std::vector<TypeCount> types;  // those with most bytes, in that order
};

struct WatchOptions {
  std::chrono::milliseconds interval{1000};
  std::uint32_t limit = 3000;  // types
};

// Counts again and again, `interval` apart or as seldom as the agent wants it, until `show` says
// no. Blocks; `keepGoing` is asked often, and its "no" ends it with Cancelled.
Result<void> watchCounts(pid_t pid, const WatchOptions& options,
                         const std::function<bool(const AgentInfo&, const LiveCounts&)>& show,
                         const std::function<bool()>& keepGoing);

}  // namespace whyalive::net
