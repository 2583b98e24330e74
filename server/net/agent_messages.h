// What the server and an agent say to each other, seen from the server: JSON-RPC over the agent's
// private socket. The snapshot's memory rides as a descriptor on the reply to agent/snapshot.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json/fields.h"
#include "server/net/take_snapshot.h"

namespace whyalive::net {

inline constexpr int kAgentProtocol = 1;

constexpr auto wireNames(SnapshotMode) {
  return std::array{json::WireName<SnapshotMode>{SnapshotMode::Twin, "twin"},
                    json::WireName<SnapshotMode>{SnapshotMode::InProcess, "in-process"}};
}

struct HelloParams {
  int protocol = kAgentProtocol;
  std::string client;
  static constexpr auto fields() {
    return std::tuple{json::required("protocol", &HelloParams::protocol),
                      json::required("client", &HelloParams::client)};
  }
};
struct HelloResult {
  int protocol = 0;
  int formatVersion = 0;
  std::string agentVersion;
  std::int64_t pid = 0;
  std::string python;
  std::string executable;
  std::vector<std::string> command;
  std::string startTime;
  static constexpr auto fields() {
    return std::tuple{json::required("protocol", &HelloResult::protocol),
                      json::required("formatVersion", &HelloResult::formatVersion),
                      json::required("agentVersion", &HelloResult::agentVersion),
                      json::required("pid", &HelloResult::pid),
                      json::required("python", &HelloResult::python),
                      json::defaulted("executable", &HelloResult::executable),
                      json::defaulted("command", &HelloResult::command),
                      json::defaulted("startTime", &HelloResult::startTime)};
  }
};

struct AgentSnapshotParams {
  SnapshotMode mode = SnapshotMode::Twin;
  std::uint32_t textLimit = 0;
  static constexpr auto fields() {
    return std::tuple{json::required("mode", &AgentSnapshotParams::mode),
                      json::required("textLimit", &AgentSnapshotParams::textLimit)};
  }
};
struct AgentSnapshotResult : SnapshotStatistics {
  std::uint64_t bytes = 0;
  static constexpr auto fields() {
    using S = AgentSnapshotResult;
    return std::tuple{
        json::required("bytes", &S::bytes),         json::required("objectCount", &S::objectCount),
        json::required("edgeCount", &S::edgeCount), json::required("stoppedNs", &S::stoppedNs),
        json::defaulted("waitedNs", &S::waitedNs),  json::defaulted("walkNs", &S::walkNs),
        json::defaulted("mode", &S::mode)};
  }
};

struct AgentProgress {
  std::string step;
  double fraction = 0;
  static constexpr auto fields() {
    return std::tuple{json::required("step", &AgentProgress::step),
                      json::required("fraction", &AgentProgress::fraction)};
  }
};

}  // namespace whyalive::net
