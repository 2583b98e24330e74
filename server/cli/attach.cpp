// whyalive attach: the agent into a running process that was started without it.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "protocol/agent/runtime_folder.h"
#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/cli/target.h"
#include "server/cli/text.h"
#include "server/session/load_agent.h"
#include "server/session/processes.h"

namespace whyalive::cli {
namespace {

struct Options {
  std::string process;
  std::string method = "automatic";
  bool family = false;
  bool json = false;
};

attach::Method methodNamed(const std::string& name) {
  for (const auto method :
       {attach::Method::Loader, attach::Method::RemoteScript, attach::Method::Debugger}) {
    if (toString(method) == name) return method;
  }
  return attach::Method::Automatic;
}

double milliseconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e6; }

nlohmann::json toJson(int pid, const attach::AttachReport& report) {
  return {{"pid", pid},
          {"python", report.python.text()},
          {"method", report.method ? toString(*report.method) : "none"},
          {"socket", report.socket},
          {"wasLoaded", report.wasLoaded},
          {"pauseMs", milliseconds(report.cost.pauseNs)},
          {"stops", report.cost.stops},
          {"earlierStopsMs", milliseconds(report.cost.probesNs)},
          {"gilHeldMs", milliseconds(report.cost.gilHeldNs)},
          {"totalMs", milliseconds(report.cost.totalNs)}};
}

// One process of the family beside the one that was named.
struct Member {
  int pid = 0;
  Result<attach::AttachReport> report;
};

// The Python processes that descend from this one and have no agent yet. Those it forks from now on
// have one from its agent, so the list is complete.
std::vector<Member> attachDescendants(int pid, attach::Method method, Console& console) {
  std::vector<Member> members;
  const auto processes = session::listPythonProcesses({});
  int depth = -1;  // of the one that was named, once seen
  for (const session::PythonProcess& one : processes) {
    if (one.pid == pid) {
      depth = one.depth;
    } else if (depth >= 0) {
      if (one.depth <= depth) break;
      if (one.agent == session::AgentState::Loaded) continue;
      members.push_back({one.pid, session::loadAgent(one.pid, agent::runtimeFolder(), method,
                                                     console.progress())});
    }
  }
  console.clearProgress();
  return members;
}

nlohmann::json toJson(const std::vector<Member>& members) {
  nlohmann::json list = nlohmann::json::array();
  for (const Member& one : members) {
    list.push_back({{"pid", one.pid},
                    {"socket", one.report ? one.report->socket : ""},
                    {"error", one.report ? "" : one.report.error().text()}});
  }
  return list;
}

Result<int> run(const Options& options, Console& console) {
  const auto pid = parsePid(options.process);
  if (!pid) return std::unexpected(pid.error());
  const auto report = session::loadAgent(*pid, agent::runtimeFolder(), methodNamed(options.method),
                                         console.progress());
  console.clearProgress();
  if (!report) return std::unexpected(report.error());
  std::vector<Member> members;
  if (options.family) members = attachDescendants(*pid, methodNamed(options.method), console);
  if (options.json) {
    nlohmann::json all = toJson(*pid, *report);
    all["family"] = toJson(members);
    printJson(console, all);
    return 0;
  }
  console.printLine((report->wasLoaded ? "The agent was there already and listens in process "
                                       : "The agent listens in process ") +
                    options.process + " (CPython " + report->python.text() + ").");
  if (report->cost.pauseNs > 0) {
    console.printLine("One thread stood still for " +
                      formatDuration(static_cast<std::uint64_t>(report->cost.pauseNs)) + ".");
  }
  for (const Member& one : members) {
    console.printLine(one.report ? "So does the one in process " + std::to_string(one.pid) + "."
                                 : "Not in process " + std::to_string(one.pid) + ": " +
                                       printable(one.report.error().text()));
  }
  console.note("Next: whyalive heap " + options.process + ", or attach to it in the editor.");
  return 0;
}

}  // namespace

Action declareAttach(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("PID", options->process, "The process")->required();
  app.add_option(
         "--method", options->method,
         "How: automatic, loader (ptrace), remote-script (CPython 3.14 and later), debugger (gdb)")
      ->check(CLI::IsMember({"automatic", "loader", "remote-script", "debugger"}))
      ->capture_default_str();
  app.add_flag("--family", options->family,
               "Also into the Python processes that it has started and that still run");
  app.add_flag("--json", options->json, "Print JSON (docs/cli.md)");
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
