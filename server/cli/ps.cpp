// whyalive ps: the Python processes of this machine, as families.
#include <CLI/App.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/cli/table.h"
#include "server/cli/text.h"
#include "server/session/processes.h"

namespace whyalive::cli {
namespace {

struct Options {
  bool json = false;
};

nlohmann::json toJson(const session::PythonProcess& process) {
  return {{"pid", process.pid},
          {"parentPid", process.parentPid},
          {"familyPid", process.familyPid},
          {"command", session::commandLine(process.command)},
          {"executable", process.executable},
          {"python", process.version},
          {"rss", process.rss},
          {"user", process.user},
          {"agent", session::toString(process.agent)},
          {"note", process.note}};
}

std::string branch(int depth) {
  if (depth == 0) return "";
  return std::string(static_cast<std::size_t>(depth - 1) * 3, ' ') + "└─ ";
}

std::string agentCell(const session::PythonProcess& process, const Console& console) {
  const std::string name(session::toString(process.agent));
  switch (process.agent) {
    case session::AgentState::Loaded: return console.styled(Style::Green, name);
    case session::AgentState::Absent: return console.styled(Style::Dim, name);
    case session::AgentState::Copy: return console.styled(Style::Cyan, name);
    default: return console.styled(Style::Yellow, name);
  }
}

void printTable(const std::vector<session::PythonProcess>& processes, Console& console) {
  Table table({{"PID", Align::Right},
               {"PYTHON", Align::Left},
               {"RSS", Align::Right},
               {"USER", Align::Left},
               {"AGENT", Align::Left},
               {"COMMAND", Align::Left}});
  for (const auto& process : processes) {
    std::string command = branch(process.depth) + printable(session::commandLine(process.command));
    if (!process.note.empty()) command += console.styled(Style::Dim, "  (" + process.note + ")");
    table.add({std::to_string(process.pid), process.version.empty() ? "?" : process.version,
               formatBytes(process.rss), printable(process.user), agentCell(process, console),
               std::move(command)});
  }
  for (const std::string& line : table.lines()) {
    console.printLine(console.isTerminal() ? shortened(line, console.width()) : line);
  }
}

Result<int> run(const Options& options, Console& console) {
  const auto processes = session::listPythonProcesses({});
  if (options.json) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& process : processes) list.push_back(toJson(process));
    printJson(console, {{"processes", std::move(list)}});
    return 0;
  }
  if (processes.empty()) {
    console.note("No Python process is running. Start one with: whyalive run -- app.py");
    return 0;
  }
  printTable(processes, console);
  return 0;
}

}  // namespace

Action declarePs(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_flag("--json", options->json, "Print JSON (docs/cli.md)");
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
