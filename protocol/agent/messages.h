// What a client and the agent in a target process say to each other over the agent's private
// socket: JSON-RPC 2.0 in Content-Length frames. The snapshot's memory is a descriptor (SCM_RIGHTS)
// on the first byte of the reply to agent/snapshot, or comes in pieces.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json/fields.h"

namespace whyalive::agent::wire {

inline constexpr int kProtocol = 1;
inline constexpr std::string_view kAgentVersion = "0.1.0";

enum class Mode { Twin, InProcess };
constexpr auto wireNames(Mode) {
  return std::array{json::WireName<Mode>{Mode::Twin, "twin"},
                    json::WireName<Mode>{Mode::InProcess, "in-process"}};
}

// How the snapshot's bytes come: as a descriptor with the reply, or, where none can be passed, in
// pieces before it.
enum class Transfer { Descriptor, Stream };
constexpr auto wireNames(Transfer) {
  return std::array{json::WireName<Transfer>{Transfer::Descriptor, "descriptor"},
                    json::WireName<Transfer>{Transfer::Stream, "stream"}};
}

// agent/hello
struct HelloParams {
  int protocol = 0;
  std::string client;
  static constexpr auto fields() {
    return std::tuple{json::required("protocol", &HelloParams::protocol),
                      json::defaulted("client", &HelloParams::client)};
  }
};
struct HelloResult {
  int protocol = kProtocol;
  int formatVersion = 0;
  std::string agentVersion;
  std::int64_t pid = 0;
  std::string python;
  std::string executable;
  std::vector<std::string> command;
  std::string startTime;  // nanoseconds since the Unix epoch
  static constexpr auto fields() {
    return std::tuple{json::required("protocol", &HelloResult::protocol),
                      json::required("formatVersion", &HelloResult::formatVersion),
                      json::required("agentVersion", &HelloResult::agentVersion),
                      json::required("pid", &HelloResult::pid),
                      json::required("python", &HelloResult::python),
                      json::required("executable", &HelloResult::executable),
                      json::required("command", &HelloResult::command),
                      json::required("startTime", &HelloResult::startTime)};
  }
};

// agent/snapshot
// The twin stays to answer for values (twin_messages.h), until one of these ends it.
struct KeepParams {
  std::uint32_t idleSeconds = 600;
  std::uint64_t memoryLimit = std::uint64_t{1} << 30;  // bytes of its own; 0: none
  bool endsWithClients = true;
  bool outlivesTarget = false;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("idleSeconds", &KeepParams::idleSeconds),
                      json::defaulted("memoryLimit", &KeepParams::memoryLimit),
                      json::defaulted("endsWithClients", &KeepParams::endsWithClients),
                      json::defaulted("outlivesTarget", &KeepParams::outlivesTarget)};
  }
};
struct KeptTwin {
  std::int64_t pid = 0;
  std::string socket;  // path
  static constexpr auto fields() {
    return std::tuple{json::required("pid", &KeptTwin::pid),
                      json::required("socket", &KeptTwin::socket)};
  }
};
struct SnapshotParams {
  Mode mode = Mode::Twin;
  std::uint32_t textLimit = 120;  // code points kept of a string, bytes of a bytes object
  std::optional<KeepParams> keep;
  Transfer transfer = Transfer::Descriptor;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("mode", &SnapshotParams::mode),
                      json::defaulted("textLimit", &SnapshotParams::textLimit),
                      json::defaulted("keep", &SnapshotParams::keep),
                      json::defaulted("transfer", &SnapshotParams::transfer)};
  }
};
struct SnapshotResult {
  std::uint64_t bytes = 0;
  std::uint64_t objectCount = 0;
  std::uint64_t edgeCount = 0;
  std::uint64_t stoppedNs = 0;
  std::uint64_t waitedNs = 0;
  std::uint64_t walkNs = 0;
  std::vector<std::uint64_t> phasesNs;  // find, number, columns, tables
  Mode mode = Mode::Twin;
  std::optional<KeptTwin> twin;
  std::string twinNote;  // why none stayed though one was asked for
  static constexpr auto fields() {
    return std::tuple{json::required("bytes", &SnapshotResult::bytes),
                      json::required("objectCount", &SnapshotResult::objectCount),
                      json::required("edgeCount", &SnapshotResult::edgeCount),
                      json::required("stoppedNs", &SnapshotResult::stoppedNs),
                      json::required("waitedNs", &SnapshotResult::waitedNs),
                      json::required("walkNs", &SnapshotResult::walkNs),
                      json::required("phasesNs", &SnapshotResult::phasesNs),
                      json::required("mode", &SnapshotResult::mode),
                      json::defaulted("twin", &SnapshotResult::twin),
                      json::defaulted("twinNote", &SnapshotResult::twinNote)};
  }
};

// agent/memory: how the allocators and the collector stand. No params.
struct MemoryResult {
  std::string allocator;  // CPython's own words on its arenas; empty when it cannot say
  bool collectorKnown = false;
  bool collectorEnabled = true;
  std::vector<std::int64_t> collectorThresholds, collectorCounts;  // empty when not known
  bool mallocKnown = false;
  std::uint64_t mallocHeap = 0;    // what the C library has from the system, without the mapped
  std::uint64_t mallocMapped = 0;  // blocks that are mappings of their own, all in use
  std::uint64_t mallocInUse = 0;   // of its heap
  std::uint64_t mallocFree = 0;    // of its heap
  std::uint64_t stoppedNs = 0;
  static constexpr auto fields() {
    return std::tuple{json::required("allocator", &MemoryResult::allocator),
                      json::required("collectorKnown", &MemoryResult::collectorKnown),
                      json::required("collectorEnabled", &MemoryResult::collectorEnabled),
                      json::required("collectorThresholds", &MemoryResult::collectorThresholds),
                      json::required("collectorCounts", &MemoryResult::collectorCounts),
                      json::required("mallocKnown", &MemoryResult::mallocKnown),
                      json::required("mallocHeap", &MemoryResult::mallocHeap),
                      json::required("mallocMapped", &MemoryResult::mallocMapped),
                      json::required("mallocInUse", &MemoryResult::mallocInUse),
                      json::required("mallocFree", &MemoryResult::mallocFree),
                      json::required("stoppedNs", &MemoryResult::stoppedNs)};
  }
};

// agent/piece, notifications before the reply to an agent/snapshot that asked for a stream; in
// order
struct Piece {
  std::uint64_t offset = 0;
  std::string data;  // base64
  static constexpr auto fields() {
    return std::tuple{json::required("offset", &Piece::offset),
                      json::required("data", &Piece::data)};
  }
};

// agent/execute: code that a person wants to run in the process itself. The agent logs it first.
struct ExecuteParams {
  std::string source;
  std::uint32_t milliseconds = 5000;  // then TimeoutError is raised in it
  bool fresh = false;                 // forgets the names that earlier code made
  bool confirmed = false;             // a person was asked; without it nothing is run
  static constexpr auto fields() {
    return std::tuple{json::required("source", &ExecuteParams::source),
                      json::defaulted("milliseconds", &ExecuteParams::milliseconds),
                      json::defaulted("fresh", &ExecuteParams::fresh),
                      json::required("confirmed", &ExecuteParams::confirmed)};
  }
};
struct ExecuteError {
  std::string type;
  std::string message;
  std::string traceback;
  static constexpr auto fields() {
    return std::tuple{json::required("type", &ExecuteError::type),
                      json::required("message", &ExecuteError::message),
                      json::required("traceback", &ExecuteError::traceback)};
  }
};
struct ExecuteResult {
  std::string output;
  json::Nullable<ExecuteError> error;
  double elapsedMs = 0;  // waiting for the interpreter included
  static constexpr auto fields() {
    return std::tuple{json::required("output", &ExecuteResult::output),
                      json::required("error", &ExecuteResult::error),
                      json::required("elapsedMs", &ExecuteResult::elapsedMs)};
  }
};

// agent/counts: live objects by type, counted in the process itself without a copy. The agent keeps
// the time the process stands still for it below 1%: who asks again before `nextMs` are over gets
// the same answer again, however many ask.
struct CountsParams {
  std::uint32_t limit = 1000;  // types, those with most bytes
  static constexpr auto fields() {
    return std::tuple{json::defaulted("limit", &CountsParams::limit)};
  }
};
struct TypeCount {
  std::string type;  // "dict", "myapp.models.User"
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  static constexpr auto fields() {
    return std::tuple{json::required("type", &TypeCount::type),
                      json::required("count", &TypeCount::count),
                      json::required("bytes", &TypeCount::bytes)};
  }
};
struct CountsResult {
  std::int64_t time = 0;        // milliseconds since the Unix epoch
  std::uint64_t stoppedNs = 0;  // the process stood still
  std::uint64_t waitedNs = 0;   // for the GIL
  std::uint64_t nextMs = 0;     // until the agent will count again
  std::uint64_t objects = 0;    // all that the collector tracks
  std::uint64_t bytes = 0;
  std::uint64_t rss = 0;
  std::uint64_t typeCount = 0;  // also those beyond the limit
  std::vector<TypeCount> types;
  static constexpr auto fields() {
    return std::tuple{json::required("time", &CountsResult::time),
                      json::required("stoppedNs", &CountsResult::stoppedNs),
                      json::required("waitedNs", &CountsResult::waitedNs),
                      json::required("nextMs", &CountsResult::nextMs),
                      json::required("objects", &CountsResult::objects),
                      json::required("bytes", &CountsResult::bytes),
                      json::required("rss", &CountsResult::rss),
                      json::required("typeCount", &CountsResult::typeCount),
                      json::required("types", &CountsResult::types)};
  }
};

// agent/progress, a notification while agent/snapshot runs
struct Progress {
  std::string step;
  double fraction = 0;
  static constexpr auto fields() {
    return std::tuple{json::required("step", &Progress::step),
                      json::required("fraction", &Progress::fraction)};
  }
};

}  // namespace whyalive::agent::wire
