#include "server/attach/attach.h"

#include <unistd.h>

#include <filesystem>
#include <set>

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

Result<AttachReport> attach(const AttachRequest& request, const RunControl& control) {
  const auto target = inspect(request.pid, kAgentEntry);
  if (!target) return std::unexpected(target.error());
  AttachReport report;
  report.python = target->interpreter.version;
  const auto library = agentLibrary(request.agentFolder, report.python);
  if (!library) return std::unexpected(library.error());
  const auto visible = VisibleFile::make(target->status, *library);
  if (!visible) return std::unexpected(visible.error());
  const LoadRequest load{.path = visible->path(),
                         .entryName = kAgentEntry,
                         .argument = socketFolderFor(*target, request)};
  auto outcome = loadLibrary(*target, load, control);
  if (!outcome) return std::unexpected(outcome.error());
  if (outcome->entryResult != 0) {
    return fail(ErrorCode::Unsupported, outcome->text.empty()
                                            ? "the agent could not start and gave no reason"
                                            : outcome->text);
  }
  report.library = visible->path();
  report.socket = pathAsWeSeeIt(target->pid, outcome->text);
  report.wasLoaded = outcome->wasLoaded;
  report.cost = std::move(*outcome);
  return report;
}

}  // namespace whyalive::attach
