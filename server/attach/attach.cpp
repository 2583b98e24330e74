#include "server/attach/attach.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <set>

#include "server/attach/debugger.h"
#include "server/attach/remote_script.h"
#include "server/attach/visible_file.h"

namespace whyalive::attach {
namespace {

namespace fs = std::filesystem;

// Only a process of our own user with our own files can use our folder for its socket.
std::string socketFolderFor(const Target& target, const AttachRequest& request) {
  const bool ours = target.status.user == geteuid() && sharesOurFiles(target.pid);
  return ours ? request.runtimeFolder : "";
}

}  // namespace

std::string_view toString(Method method) {
  switch (method) {
    case Method::Automatic: return "automatic";
    case Method::Loader: return "loader";
    case Method::RemoteScript: return "remote-script";
    case Method::Debugger: return "debugger";
  }
  return "unknown";
}

Result<std::string> agentLibrary(const std::string& folder, Version version) {
  std::error_code error;
  std::set<std::string> others;
  for (const auto& entry : fs::directory_iterator(fs::path(folder) / "whyalive", error)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("_agent.cpython-") || !name.ends_with(".so")) continue;
    const auto found = versionInName(name);
    if (found == version) return entry.path().string();
    if (found) others.insert(found->text());
  }
  std::string have;
  for (const std::string& other : others) have += (have.empty() ? "" : ", ") + other;
  return fail(ErrorCode::Unsupported,
              "there is no agent for CPython " + version.text() +
                  (have.empty() ? "" : " (there is one for " + have + ")"),
              "install the headers of Python " + version.text() + " (python" + version.text() +
                  "-dev) and build the agents with `./dev build`");
}

namespace {

constexpr const char* kAgentModule = "whyalive._agent";

struct Plan {
  const Target& target;
  std::string library;
  std::string argument;
};

// Nothing: the interpreter did not take the script up, or has no such door, and another way is to
// be tried.
Result<std::optional<AttachReport>> byScript(const Plan& plan, Method method,
                                             const RunControl& control) {
  const auto start = std::chrono::steady_clock::now();
  ScriptRequest request{.library = plan.library, .module = kAgentModule, .argument = plan.argument};
  if (method == Method::RemoteScript) request.takeUp = std::chrono::seconds(10);
  const auto answer = runScript(plan.target, request, control);
  if (method == Method::Automatic && !answer && answer.error().code == ErrorCode::Unsupported) {
    return std::nullopt;
  }
  if (!answer) return std::unexpected(answer.error());
  if (!*answer && method == Method::RemoteScript) {
    return fail(ErrorCode::Unsupported,
                "the main thread did not take the script up: it sleeps or computes in C",
                "use `whyalive attach --method loader`");
  }
  if (!*answer) return std::nullopt;
  AttachReport report;
  report.method = Method::RemoteScript;
  report.socket = pathAsWeSeeIt(plan.target.pid, **answer);
  report.wasLoaded = plan.target.functions.entry != nullptr;
  report.cost.totalNs = std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count();
  return report;
}

Result<AttachReport> byLoader(const Plan& plan, const RunControl& control) {
  const LoadRequest load{.path = plan.library, .entryName = kAgentEntry, .argument = plan.argument};
  auto outcome = loadLibrary(plan.target, load, control);
  if (!outcome) return std::unexpected(outcome.error());
  if (outcome->entryResult != 0) {
    return fail(ErrorCode::Unsupported, outcome->text.empty()
                                            ? "the agent could not start and gave no reason"
                                            : outcome->text);
  }
  AttachReport report;
  report.method = Method::Loader;
  report.socket = pathAsWeSeeIt(plan.target.pid, outcome->text);
  report.wasLoaded = outcome->wasLoaded;
  report.cost = std::move(*outcome);
  return report;
}

Result<AttachReport> carryOut(const Plan& plan, Method method, const RunControl& control) {
  if (method == Method::Debugger) return byDebugger(plan.target, plan.library, plan.argument);
  if (method == Method::Automatic || method == Method::RemoteScript) {
    auto report = byScript(plan, method, control);
    if (!report) return std::unexpected(report.error());
    if (*report) return std::move(**report);
  }
  return byLoader(plan, control);
}

}  // namespace

Result<AttachReport> attach(const AttachRequest& request, const RunControl& control) {
  const auto target = inspect(request.pid, kAgentEntry);
  if (!target) return std::unexpected(target.error());
  const Version version = target->interpreter.version;
  const auto library = agentLibrary(request.agentFolder, version);
  if (!library) return std::unexpected(library.error());
  const auto visible = VisibleFile::make(target->status, *library);
  if (!visible) return std::unexpected(visible.error());
  const Plan plan{*target, visible->path(), socketFolderFor(*target, request)};
  auto report = carryOut(plan, request.method, control);
  if (!report) return report;
  report->python = version;
  report->library = visible->path();
  return report;
}

}  // namespace whyalive::attach
