// How a program is started with the agent inside: what to execute, and with which environment.
//
// The agent's Python package lies next to this binary (build tree) or under ../lib/whyalive
// (installed). A Python that finds that folder in PYTHONPATH and WHYALIVE=1 starts the agent by
// itself, and so do the Pythons that it starts in turn. Pure but for looking at files; starts
// nothing.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/base/result.h"

namespace whyalive::session {

// The folder to put into PYTHONPATH.
Result<std::string> agentPackageFolder();

// argv for `command`: as it stands when it names a program; behind a Python when it begins with a
// script ("app.py") or an option of Python's ("-m"). `python` may be empty: python3 of PATH.
Result<std::vector<std::string>> launchCommand(const std::vector<std::string>& command,
                                               const std::string& python);

using EnvironmentChange = std::pair<std::string, std::string>;

// The variables to set over those the program would inherit.
std::vector<EnvironmentChange> launchEnvironment(const std::string& packageFolder,
                                                 std::string_view inheritedPythonPath);

}  // namespace whyalive::session
