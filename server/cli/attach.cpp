// whyalive attach: the agent into a running process that was started without it.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/cli/target.h"
#include "server/cli/text.h"
#include "server/net/runtime_folder.h"
#include "server/session/load_agent.h"

namespace whyalive::cli {
namespace {

struct Options {
  std::string process;
  std::string method = "automatic";
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
          {"method", toString(report.method)},
          {"socket", report.socket},
          {"wasLoaded", report.wasLoaded},
          {"pauseMs", milliseconds(report.cost.pauseNs)},
          {"stops", report.cost.stops},
          {"earlierStopsMs", milliseconds(report.cost.probesNs)},
          {"gilHeldMs", milliseconds(report.cost.gilHeldNs)},
          {"totalMs", milliseconds(report.cost.totalNs)}};
}

Result<int> run(const Options& options, Console& console) {
  const auto pid = parsePid(options.process);
  if (!pid) return std::unexpected(pid.error());
  const auto report = session::loadAgent(*pid, net::runtimeFolder(), methodNamed(options.method),
                                         console.progress());
  console.clearProgress();
  if (!report) return std::unexpected(report.error());
  if (options.json) {
    printJson(console, toJson(*pid, *report));
    return 0;
  }
  console.printLine((report->wasLoaded ? "The agent was there already and listens in process "
                                       : "The agent listens in process ") +
                    options.process + " (CPython " + report->python.text() + ").");
  if (report->cost.pauseNs > 0) {
    console.printLine("One thread stood still for " +
                      formatDuration(static_cast<std::uint64_t>(report->cost.pauseNs)) + ".");
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
  app.add_flag("--json", options->json, "Print JSON (docs/cli.md)");
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
