// whyalive/{snapshot,openSnapshot,saveSnapshot,closeSnapshot} and whyalive/stateChanged.
// The wire contract is docs/protocol.md; change both together (a test compares them).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json/fields.h"

namespace whyalive::api {

struct SnapshotParams {
  std::optional<std::int64_t> pid;  // the attached one
  std::string label;
  std::optional<bool>
      inProcess;  // walk the process itself, which stops meanwhile; else the setting
  static constexpr auto fields() {
    return std::tuple{json::defaulted("pid", &SnapshotParams::pid),
                      json::defaulted("label", &SnapshotParams::label),
                      json::defaulted("inProcess", &SnapshotParams::inProcess)};
  }
};

// The frozen copy of the process that stays to answer whyalive/evaluate.
struct SnapshotCopy {
  std::int64_t pid = 0;
  std::uint64_t ownBytes = 0;  // memory that it does not share with the process
  std::string warning;         // what does not keep its code from the world; mostly empty
  static constexpr auto fields() {
    return std::tuple{json::required("pid", &SnapshotCopy::pid),
                      json::required("ownBytes", &SnapshotCopy::ownBytes),
                      json::defaulted("warning", &SnapshotCopy::warning)};
  }
};

// A snapshot that the session keeps; ids are s1, s2 … and never used again.
struct SnapshotEntry {
  std::string snapshot;
  std::string label;
  std::int64_t pid = 0;   // 0: the file does not say
  std::int64_t time = 0;  // milliseconds since the epoch
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;  // of all objects
  std::optional<SnapshotCopy> copy;
  static constexpr auto fields() {
    return std::tuple{json::required("snapshot", &SnapshotEntry::snapshot),
                      json::required("label", &SnapshotEntry::label),
                      json::required("pid", &SnapshotEntry::pid),
                      json::required("time", &SnapshotEntry::time),
                      json::required("objects", &SnapshotEntry::objects),
                      json::required("bytes", &SnapshotEntry::bytes),
                      json::defaulted("copy", &SnapshotEntry::copy)};
  }
};

struct SnapshotResult : SnapshotEntry {
  double stoppedMs = 0;  // the target stood still
  double waitedMs = 0;   // until the agent had the interpreter's lock
  double walkMs = 0;
  double analysisMs = 0;
  std::string warning;  // what taking it did to the process; empty where it was walked in a copy
  static constexpr auto fields() {
    return std::tuple_cat(SnapshotEntry::fields(),
                          std::tuple{json::required("stoppedMs", &SnapshotResult::stoppedMs),
                                     json::required("waitedMs", &SnapshotResult::waitedMs),
                                     json::required("walkMs", &SnapshotResult::walkMs),
                                     json::required("analysisMs", &SnapshotResult::analysisMs),
                                     json::defaulted("warning", &SnapshotResult::warning)});
  }
};
struct TakeSnapshot {
  static constexpr std::string_view kMethod = "whyalive/snapshot";
  using Params = SnapshotParams;
  using Result = SnapshotResult;
};

struct OpenSnapshotParams {
  std::string path;
  std::string label;
  static constexpr auto fields() {
    return std::tuple{json::required("path", &OpenSnapshotParams::path),
                      json::defaulted("label", &OpenSnapshotParams::label)};
  }
};
struct OpenSnapshot {
  static constexpr std::string_view kMethod = "whyalive/openSnapshot";
  using Params = OpenSnapshotParams;
  using Result = SnapshotResult;
};

struct SaveSnapshotParams {
  std::optional<std::string> snapshot;  // the current one
  std::string path;
  static constexpr auto fields() {
    return std::tuple{json::defaulted("snapshot", &SaveSnapshotParams::snapshot),
                      json::required("path", &SaveSnapshotParams::path)};
  }
};
struct SaveSnapshotResult {
  std::uint64_t bytes = 0;  // of the file
  static constexpr auto fields() {
    return std::tuple{json::required("bytes", &SaveSnapshotResult::bytes)};
  }
};
struct SaveSnapshot {
  static constexpr std::string_view kMethod = "whyalive/saveSnapshot";
  using Params = SaveSnapshotParams;
  using Result = SaveSnapshotResult;
};

struct CloseSnapshotParams {
  std::string snapshot;
  static constexpr auto fields() {
    return std::tuple{json::required("snapshot", &CloseSnapshotParams::snapshot)};
  }
};
struct CloseSnapshot {
  static constexpr std::string_view kMethod = "whyalive/closeSnapshot";
  using Params = CloseSnapshotParams;
  using Result = json::Empty;
};

struct TargetState {
  std::int64_t pid = 0;
  std::string command;
  std::string python;
  std::uint64_t rss = 0;
  bool alive = true;
  static constexpr auto fields() {
    return std::tuple{
        json::required("pid", &TargetState::pid), json::required("command", &TargetState::command),
        json::required("python", &TargetState::python), json::required("rss", &TargetState::rss),
        json::required("alive", &TargetState::alive)};
  }
};
struct StateChangedParams {
  json::Nullable<TargetState> target;
  std::vector<SnapshotEntry> snapshots;
  json::Nullable<std::string> current;
  std::uint64_t suspects = 0;  // of the current snapshot
  static constexpr auto fields() {
    return std::tuple{json::required("target", &StateChangedParams::target),
                      json::required("snapshots", &StateChangedParams::snapshots),
                      json::required("current", &StateChangedParams::current),
                      json::required("suspects", &StateChangedParams::suspects)};
  }
};
struct StateChanged {
  static constexpr std::string_view kMethod = "whyalive/stateChanged";
  using Params = StateChangedParams;
};

}  // namespace whyalive::api
