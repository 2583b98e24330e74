#include "server/session/load_agent.h"

#include <optional>

#include "server/net/agent_socket.h"
#include "server/net/process_facts.h"
#include "server/session/launch.h"
#include "server/session/processes.h"

namespace whyalive::session {
namespace {

// Told from outside, so that nothing in the process stops for it. Nothing: no agent listens there.
std::optional<attach::AttachReport> alreadyThere(pid_t pid, const std::string& runtimeFolder) {
  const auto facts = net::processFacts(pid);
  if (!facts || !net::agentListens(pid, facts->user, runtimeFolder)) return std::nullopt;
  const auto socket = net::findAgentSocket(pid, facts->user, runtimeFolder);
  const auto process = findPythonProcess(pid, {.runtimeFolder = runtimeFolder});
  const auto version = process ? attach::versionInName("python" + process->version) : std::nullopt;
  if (!socket || !version) return std::nullopt;
  attach::AttachReport report;
  report.python = *version;
  report.socket = *socket;
  report.wasLoaded = true;
  return report;
}

}  // namespace

Result<attach::AttachReport> loadAgent(pid_t pid, const std::string& runtimeFolder,
                                       attach::Method method, const RunControl& control) {
  if (auto there = alreadyThere(pid, runtimeFolder)) return std::move(*there);
  auto agents = agentPackageFolder();
  if (!agents) return std::unexpected(agents.error());
  const attach::AttachRequest request{
      .pid = pid, .agentFolder = *agents, .runtimeFolder = runtimeFolder, .method = method};
  return attach::attach(request, control);
}

}  // namespace whyalive::session
