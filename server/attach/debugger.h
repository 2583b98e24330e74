// Attaching by gdb: for where our own loader cannot work. Slower (seconds), and it stops the whole
// process wherever it stands, so only on request.
#pragma once

#include <string>

#include "protocol/base/result.h"
#include "server/attach/attach.h"
#include "server/attach/target.h"

namespace whyalive::attach {

Result<AttachReport> byDebugger(const Target& target, const std::string& library,
                                const std::string& argument);

// What gdb is to do, one command each; pure.
std::vector<std::string> debuggerCommands(const Target& target, const std::string& library,
                                          const std::string& argument);

// What gdb's output says: the agent's answer or an error; pure.
Result<std::string> debuggerAnswer(const std::string& output);

}  // namespace whyalive::attach
