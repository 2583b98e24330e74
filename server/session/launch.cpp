#include "server/session/launch.h"

#include <unistd.h>

#include <filesystem>

namespace whyalive::session {
namespace {

// A script is what Python must read: named as one, and not a program in its own right. An
// executable app.py with a #! line is still given to Python, which is what people mean.
bool isScript(std::string_view word) { return word.ends_with(".py") || word.ends_with(".pyz"); }

}  // namespace

Result<std::string> agentPackageFolder() {
  std::error_code error;
  const std::filesystem::path binary = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path folder = binary.parent_path();
  for (const auto& candidate : {folder / "agent/python", folder / "../lib/whyalive/python"}) {
    if (std::filesystem::is_directory(candidate / "whyalive", error)) {
      return std::filesystem::weakly_canonical(candidate, error).string();
    }
  }
  return fail(ErrorCode::NotFound,
              "the agent's Python package is missing next to " + binary.string(),
              "build it with: ./dev build");
}

Result<std::vector<std::string>> launchCommand(const std::vector<std::string>& command,
                                               const std::string& python) {
  if (command.empty()) {
    return fail(ErrorCode::InvalidArgument, "there is no command to run",
                "name a script or program, as in: whyalive run -- app.py");
  }
  std::vector<std::string> arguments;
  const bool needsPython = isScript(command[0]) || command[0].starts_with('-');
  if (!python.empty())
    arguments.push_back(python);
  else if (needsPython)
    arguments.push_back("python3");
  arguments.insert(arguments.end(), command.begin(), command.end());
  return arguments;
}

std::vector<EnvironmentChange> launchEnvironment(const std::string& packageFolder,
                                                 std::string_view inheritedPythonPath) {
  std::string path = packageFolder;
  if (!inheritedPythonPath.empty()) path += ":" + std::string(inheritedPythonPath);
  return {{"PYTHONPATH", std::move(path)}, {"WHYALIVE", "1"}};
}

}  // namespace whyalive::session
