#include "server/session/load_agent.h"

#include "server/session/launch.h"

namespace whyalive::session {

Result<attach::AttachReport> loadAgent(pid_t pid, const std::string& runtimeFolder,
                                       attach::Method method, const RunControl& control) {
  auto agents = agentPackageFolder();
  if (!agents) return std::unexpected(agents.error());
  const attach::AttachRequest request{
      .pid = pid, .agentFolder = *agents, .runtimeFolder = runtimeFolder, .method = method};
  return attach::attach(request, control);
}

}  // namespace whyalive::session
