// The walk: from the objects the collector knows and the roots, over all references, to a snapshot
// written to a file descriptor.
//
//   1 find     mark what the collector lists and then, over all references, whatever that reaches
//   2 rank     number the marked addresses (address_map.h)
//   3 write    look at each object once more, in address order: the columns; then the tables
//
// Runs where no Python code can run: in the twin, or in the process itself with the GIL held. Uses
// no malloc, throws nothing, changes no reference count. One thread, or two for step 3.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

namespace whyalive::agent {

// Shared with whoever waits for the walk (another process when the walk runs in the twin).
struct WalkReport {
  std::atomic<std::uint32_t> step{0};       // index into kWalkSteps
  std::atomic<std::uint32_t> permille{0};   // of that step
  std::atomic<std::uint32_t> cancelled{0};  // set by the other side
  std::atomic<std::uint32_t> failure{0};    // Failure; meaningful once done
  std::atomic<std::uint32_t> done{0};       // 1 = finished well, 2 = failed
  std::uint64_t objectCount = 0;
  std::uint64_t edgeCount = 0;
  std::uint64_t bytes = 0;
  std::uint64_t walkNs = 0;
  std::uint64_t stoppedNs = 0;              // the process stood still; set by the other side
  std::uint64_t waitedNs = 0;               // for the GIL; set by the other side
  std::uint64_t phaseNs[4] = {0, 0, 0, 0};  // find, rank, columns, tables
};
inline constexpr std::string_view kWalkSteps[] = {"waiting", "walking", "numbering", "writing"};

struct MetaEntry {
  std::string_view key;
  std::string_view value;
};

struct WalkOptions {
  std::uint32_t textLimit = 120;
  std::string_view mode;            // "twin" or "in-process"
  bool alone = false;               // nothing else runs in this process: a second thread may help
  std::span<const MetaEntry> meta;  // what the caller knows of the process
};

// Writes the snapshot at the start of `fd` (an empty, seekable file). False on failure; see report.
bool walkHeap(int fd, const WalkOptions& options, WalkReport& report);

}  // namespace whyalive::agent
