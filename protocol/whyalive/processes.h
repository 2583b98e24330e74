// whyalive/{processes,launch,attach,detach}: which Python processes there are, and joining one.
// The wire contract is docs/protocol.md; change both together (a test compares them).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json/fields.h"

namespace whyalive::api {

enum class AgentState {
  Loaded,       // answers in that process
  Absent,       // could be loaded
  Unsupported,  // no agent for that interpreter; the note says why
  Foreign,      // another user's process
  Copy,         // a frozen copy of its parent, which answers for values
};
constexpr auto wireNames(AgentState) {
  return std::array{json::WireName<AgentState>{AgentState::Loaded, "loaded"},
                    json::WireName<AgentState>{AgentState::Absent, "absent"},
                    json::WireName<AgentState>{AgentState::Unsupported, "unsupported"},
                    json::WireName<AgentState>{AgentState::Foreign, "foreign"},
                    json::WireName<AgentState>{AgentState::Copy, "copy"}};
}

struct Process {
  std::int64_t pid = 0;
  std::int64_t parentPid = 0;
  std::string command;  // one line
  std::string python;   // "3.11.7"; empty when it cannot be told
  std::uint64_t rss = 0;
  std::string user;
  AgentState agent = AgentState::Absent;
  std::string note;
  static constexpr auto fields() {
    return std::tuple{json::required("pid", &Process::pid),
                      json::required("parentPid", &Process::parentPid),
                      json::required("command", &Process::command),
                      json::required("python", &Process::python),
                      json::required("rss", &Process::rss),
                      json::required("user", &Process::user),
                      json::required("agent", &Process::agent),
                      json::required("note", &Process::note)};
  }
};
struct ProcessesResult {
  std::vector<Process> processes;
  static constexpr auto fields() {
    return std::tuple{json::required("processes", &ProcessesResult::processes)};
  }
};
struct Processes {
  static constexpr std::string_view kMethod = "whyalive/processes";
  using Params = json::Empty;
  using Result = ProcessesResult;
};

struct LaunchParams {
  std::vector<std::string> command;
  std::optional<std::string> python;
  std::optional<std::string> cwd;
  std::map<std::string, std::string> env;  // added to the server's own
  static constexpr auto fields() {
    return std::tuple{json::required("command", &LaunchParams::command),
                      json::defaulted("python", &LaunchParams::python),
                      json::defaulted("cwd", &LaunchParams::cwd),
                      json::defaulted("env", &LaunchParams::env)};
  }
};
struct LaunchResult {
  std::int64_t pid = 0;
  static constexpr auto fields() { return std::tuple{json::required("pid", &LaunchResult::pid)}; }
};
struct Launch {
  static constexpr std::string_view kMethod = "whyalive/launch";
  using Params = LaunchParams;
  using Result = LaunchResult;
};

struct AttachParams {
  std::int64_t pid = 0;
  bool load = true;  // the agent, where there is none yet
  static constexpr auto fields() {
    return std::tuple{json::required("pid", &AttachParams::pid),
                      json::defaulted("load", &AttachParams::load)};
  }
};
struct AttachResult {
  std::int64_t pid = 0;
  std::string python;
  std::string executable;
  std::vector<std::string> command;
  std::string agentVersion;
  static constexpr auto fields() {
    return std::tuple{json::required("pid", &AttachResult::pid),
                      json::required("python", &AttachResult::python),
                      json::required("executable", &AttachResult::executable),
                      json::required("command", &AttachResult::command),
                      json::required("agentVersion", &AttachResult::agentVersion)};
  }
};
struct Attach {
  static constexpr std::string_view kMethod = "whyalive/attach";
  using Params = AttachParams;
  using Result = AttachResult;
};

struct DetachParams {
  std::optional<std::int64_t> pid;  // the attached one
  static constexpr auto fields() { return std::tuple{json::defaulted("pid", &DetachParams::pid)}; }
};
struct Detach {
  static constexpr std::string_view kMethod = "whyalive/detach";
  using Params = DetachParams;
  using Result = json::Empty;
};

}  // namespace whyalive::api
