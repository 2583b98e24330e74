// ProcessInfo: what the snapshot says of the process it was taken from. Absent facts stay empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/ids.h"

namespace whyalive::heap {

struct Snapshot;

struct ProcessInfo {
  std::optional<std::int64_t> pid;
  std::string pythonVersion;  // "3.11.7"
  std::string pythonBuild;
  std::string executable;
  std::string stdlibFolder;
  std::string prefix;
  std::vector<std::string> path;
  std::vector<std::string> command;
  std::string workingDirectory;
  std::string root;
  std::optional<std::int64_t> startTime;     // nanoseconds since the epoch
  std::optional<std::int64_t> snapshotTime;  // nanoseconds since the epoch
  std::optional<Bytes> rss;
  std::string mode;  // "twin" or "in-process"
  std::optional<std::int64_t> stoppedNs, waitedNs, walkNs;
  std::optional<bool> gcEnabled;
  std::vector<std::int64_t> gcThresholds;
  std::optional<std::int64_t> gcFrozen;
  std::optional<Bytes> mallocInUse, mallocFree;
  std::string agentVersion;
  std::optional<std::int64_t> textLimit;

  // A collection can start by itself: enabled and the first threshold is not 0. Unknown counts as
  // yes.
  bool collectorRuns() const;
  // The file belongs to the interpreter's standard library (or is frozen into it).
  bool isStandardLibrary(std::string_view file) const;
};

ProcessInfo processInfo(const Snapshot& snapshot);

}  // namespace whyalive::heap
