#include "server/cli/live_console.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "protocol/json/convert.h"
#include "server/cli/console.h"
#include "server/cli/interrupt.h"
#include "server/cli/line_editor.h"
#include "server/cli/terminal_filter.h"
#include "server/cli/text.h"
#include "server/net/execute_live.h"

namespace whyalive::cli {
namespace {

using agent::wire::ExecuteParams;
using agent::wire::ExecuteResult;

std::string warning(pid_t pid) {
  return "This runs in process " + std::to_string(pid) +
         " itself, not in a copy: what is done stays done, and a mistake can end it.\n"
         "Each input is limited in time and logged by the agent (live.log in its folder).";
}

Error notConfirmed() {
  return {ErrorCode::PermissionDenied, "nothing is run in the process itself without a yes",
          "add --yes, or leave --live out: the frozen copy is harmless"};
}

ExecuteParams paramsOf(const std::string& source, const LiveConsoleOptions& options, bool fresh) {
  ExecuteParams params;
  params.source = source;
  params.milliseconds = static_cast<std::uint32_t>(options.timeout * 1000);
  params.fresh = fresh;
  params.confirmed = true;
  return params;
}

void show(Console& terminal, const ExecuteResult& result) {
  TerminalFilter filter;
  terminal.print(terminal.isTerminal() ? filter.pass(result.output) : result.output);
  if (!result.error.value) return;
  const auto& error = *result.error.value;
  std::string text = error.traceback.empty() ? error.type + ": " + error.message : error.traceback;
  while (text.ends_with('\n')) text.pop_back();
  terminal.note(filter.pass(text));
}

bool opensBlock(const std::string& line) {
  const std::size_t last = line.find_last_not_of(" \t");
  return last != std::string::npos && (line[last] == ':' || line[last] == '\\');
}

// A line, or a block up to an empty line. Nothing: the person has gone.
std::optional<std::string> readInput(LineEditor& editor, Console& terminal) {
  std::string source;
  countInterrupts();
  for (bool block = false;;) {
    const auto typed = editor.read(source.empty() ? "live>>> " : "live... ", -1,
                                   [] { return interruptCount() > 0; });
    if (typed.outcome == LineEditor::Outcome::Interrupted) {
      terminal.printLine("\nKeyboardInterrupt");
      countInterrupts();
      source.clear();
      block = false;
      continue;
    }
    if (typed.outcome != LineEditor::Outcome::Line) {
      terminal.printLine();
      return std::nullopt;
    }
    if (source.empty() && typed.line.find_first_not_of(" \t") == std::string::npos) continue;
    source += source.empty() ? typed.line : "\n" + typed.line;
    block = block || opensBlock(typed.line);
    if (!block || typed.line.empty()) return source;
  }
}

bool saysYes(Console& terminal, LineEditor& editor) {
  countInterrupts();
  const auto typed = editor.read("Type yes to go on: ", -1, [] { return interruptCount() > 0; });
  if (typed.outcome != LineEditor::Outcome::Line) terminal.printLine();
  return typed.outcome == LineEditor::Outcome::Line && typed.line == "yes";
}

}  // namespace

Result<int> converseLive(Console& terminal, pid_t pid, const LiveConsoleOptions& options) {
  terminal.printLine(terminal.styled(Style::Yellow, warning(pid)));
  LineEditor editor(options.historyFile, [](const std::string&, const std::string&, std::size_t) {
    return std::vector<std::string>();  // completing would run code of the program's
  });
  if (!options.confirmed && !saysYes(terminal, editor)) return std::unexpected(notConfirmed());
  for (bool fresh = true;; fresh = false) {
    const auto source = readInput(editor, terminal);
    if (!source) return 0;
    editor.remember(*source);
    countInterrupts();
    const RunControl control([](std::string_view, double) { return interruptCount() == 0; });
    const auto result = net::executeLive(pid, paramsOf(*source, options, fresh), control);
    if (!result) return std::unexpected(result.error());
    show(terminal, *result);
  }
}

Result<int> runLive(Console& terminal, pid_t pid, const std::string& source,
                    const LiveConsoleOptions& options) {
  if (!options.confirmed) return std::unexpected(notConfirmed());
  const auto result = net::executeLive(pid, paramsOf(source, options, true));
  if (!result) return std::unexpected(result.error());
  if (options.json) {
    nlohmann::json report = json::write(*result);
    report["pid"] = pid;
    report.erase("elapsedMs");
    printJson(terminal, report);
  } else {
    show(terminal, *result);
  }
  return result->error.value ? 1 : 0;
}

}  // namespace whyalive::cli
