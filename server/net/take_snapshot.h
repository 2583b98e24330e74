// takeSnapshot(): one call from a pid to the bytes of a snapshot. For the command line, which may
// block; sessions use AgentConnection instead.
//
// Blocks the calling thread. `control` is asked at least every 50 ms on that thread; a cancelled
// snapshot tells the agent to give up. The agent is not trusted: the memory it hands over must be
// sealed against shrinking, or is copied, so that reading it can never fault.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/agent/messages.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"

namespace whyalive::net {

// Owns the memory of one snapshot: a private mapping, or bytes of our own. Movable.
class SnapshotBytes {
 public:
  SnapshotBytes() = default;
  explicit SnapshotBytes(std::vector<std::byte> bytes) : owned_(std::move(bytes)) {}
  SnapshotBytes(SnapshotBytes&& other) noexcept;
  SnapshotBytes& operator=(SnapshotBytes&& other) noexcept;
  ~SnapshotBytes();

  // Takes the descriptor over and closes it. `size` is what the agent promised: a file of any other
  // size is refused.
  static Result<SnapshotBytes> fromDescriptor(int descriptor, std::uint64_t size);

  std::span<const std::byte> view() const;

 private:
  void release();

  void* mapped_ = nullptr;
  std::size_t mappedSize_ = 0;
  std::vector<std::byte> owned_;
};

struct AgentInfo {
  int protocol = 0;
  int formatVersion = 0;
  std::string agentVersion;
  pid_t pid = 0;
  std::string python;  // "3.11.7"
  std::string executable;
  std::vector<std::string> command;
  std::string startTime;
};

enum class SnapshotMode { Twin, InProcess };

// The copy stays after the snapshot to answer for values, until one of these ends it.
struct KeepOptions {
  std::uint32_t idleSeconds = 600;
  std::uint64_t memoryLimit = std::uint64_t{1} << 30;  // bytes of its own; 0: none
  bool endsWithClients = true;                         // or lives on until it has been idle
};

struct SnapshotOptions {
  SnapshotMode mode = SnapshotMode::Twin;
  std::uint32_t textLimit = 120;  // bytes kept of each string
  std::optional<KeepOptions> keep = {};
};

struct SnapshotStatistics {
  std::uint64_t objectCount = 0;
  std::uint64_t edgeCount = 0;
  std::uint64_t stoppedNs = 0;  // the target stood still
  std::uint64_t waitedNs = 0;   // until the agent had the GIL
  std::uint64_t walkNs = 0;
  SnapshotMode mode = SnapshotMode::Twin;
};

struct TakenSnapshot {
  SnapshotBytes bytes;
  AgentInfo agent;
  SnapshotStatistics statistics;
  std::string copySocket = {};  // of the copy that stayed (twin_connection.h); empty: none did
  std::string copyNote = {};    // why not, when one was asked for
};

Result<TakenSnapshot> takeSnapshot(pid_t pid, const SnapshotOptions& options = {},
                                   const RunControl& control = {});

// How the allocators and the collector of the process stand.
Result<agent::wire::MemoryResult> askMemory(pid_t pid, const RunControl& control = {});

// Only says hello: is there an agent that answers, and whose is it?
Result<AgentInfo> askAgent(pid_t pid, const RunControl& control = {});

}  // namespace whyalive::net
