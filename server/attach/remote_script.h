// CPython's own way in, since 3.14 (PEP 768, what sys.remote_exec does): the path of a script is
// written into the main thread's state, and the thread runs the script when it next looks up from
// its work.
//
// Stops nothing. But a thread that sleeps or computes in C does not look up, so this may be left
// undone; then it is withdrawn. Reads and writes the process's memory from outside.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/attach/interpreter.h"
#include "server/attach/target.h"

namespace whyalive::attach {

// Where the request goes. Found through the table of offsets that the interpreter publishes.
struct ScriptMailbox {
  Address pending = 0;      // int: 1 while a request waits
  Address path = 0;         // char[pathSize]
  Address evalBreaker = 0;  // word of flags; one makes the thread look
  std::uint64_t pathSize = 0;
};

// Unsupported: an interpreter before 3.14, or one whose remote debugging is switched off.
Result<ScriptMailbox> findMailbox(const Interpreter& interpreter, const ReadMemory& read);

struct ScriptRequest {
  std::string library;                    // the agent's, as the process sees it
  std::string module;                     // its name: "whyalive._agent"
  std::string argument;                   // for the module's attach()
  std::chrono::milliseconds takeUp{100};  // how long to wait until the thread looks up
  std::chrono::milliseconds finish{60'000};
};

// The agent's answer, or nothing if the thread did not take the request up in time.
Result<std::optional<std::string>> runScript(const Target& target, const ScriptRequest& request,
                                             const RunControl& control);

}  // namespace whyalive::attach
