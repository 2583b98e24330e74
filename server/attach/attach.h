// Puts the agent into a running process that nobody prepared for it: the whole of it, as the
// command line and the server call it.
//
// Blocking, for some milliseconds as a rule; may be called from any thread, and stays on it. Knows
// nothing of sockets: when it returns, the agent listens, or an error says what to do.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/attach/interpreter.h"
#include "server/attach/loader.h"

namespace whyalive::attach {

// What the agent's library exports (an EntryFunction). Argument: the folder for its socket, or ""
// for its own choice. It leaves the socket's path as its text.
inline constexpr const char* kAgentEntry = "whyalive_agent_attach";

enum class Method {
  Automatic,     // the interpreter's own way if it has one and takes it up at once, else the loader
  Loader,        // ptrace
  RemoteScript,  // sys.remote_exec's way, CPython 3.14 and later
  Debugger,      // gdb: slower, and it stops the process anywhere
};
std::string_view toString(Method method);

struct AttachRequest {
  pid_t pid = 0;
  std::string agentFolder;    // holds whyalive/_agent.cpython-….so
  std::string runtimeFolder;  // where the agent's socket is to be, if the process can use that
  Method method = Method::Automatic;
};

struct AttachReport {
  std::optional<Method> method;  // nothing: its agent listened already, and nothing was done
  Version python;
  std::string library;  // as the process saw it
  std::string socket;   // as we see it
  bool wasLoaded = false;
  LoadOutcome cost;  // of the loader; only times and the total for the other methods
};

Result<AttachReport> attach(const AttachRequest& request, const RunControl& control);

// The agent's library for that interpreter, or which command builds it.
Result<std::string> agentLibrary(const std::string& folder, Version version);

}  // namespace whyalive::attach
