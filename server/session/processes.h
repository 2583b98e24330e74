// The Python processes of this machine, as a person would list them: what each runs, its version,
// whether an agent listens in it, and which belong together as one family.
//
// Reads /proc and nothing else; knows nothing of snapshots. Processes come and go while it looks:
// one that vanishes is left out, never an error. A frozen copy that an agent made (a twin) is
// listed as what it is while it stays to answer for values, never as a worker. Blocking (a few
// milliseconds), any thread, plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/agent/runtime_folder.h"
#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "server/session/launch.h"

namespace whyalive::session {

enum class AgentState {
  Loaded,  // an agent of that very process listens
  Absent,
  Unsupported,  // no agent can exist for that interpreter; `note` says why
  Foreign,      // another user's process: we may not look
  Copy,         // a frozen copy of its parent that stayed to answer for values; `note` says so
};

// "loaded", "absent", "unsupported", "foreign", "copy", as on the wire.
std::string_view toString(AgentState state);

struct PythonProcess {
  int pid = 0;
  int parentPid = 0;
  int familyPid = 0;                 // the topmost Python ancestor (itself when there is none)
  int depth = 0;                     // generations below familyPid
  std::vector<std::string> command;  // argv
  std::string executable;            // "" when we may not know
  std::string version;  // "3.11.7", "3.11" when that is all there is to see, "" unknown
  Bytes rss = 0;
  std::string user;
  AgentState agent = AgentState::Absent;
  std::string note;
  std::string remedy;  // with Unsupported
};

struct ProcessListOptions {
  std::string procFolder = "/proc";  // tests bring their own
  std::string runtimeFolder = agent::runtimeFolder();
  std::string agentFolder = agentPackageFolder().value_or("");  // to know which versions have one
};

// In families: a parent directly before its descendants, families by pid.
std::vector<PythonProcess> listPythonProcesses(const ProcessListOptions& options);

// The one process, or an error that says what it is instead: no such process, not a Python.
Result<PythonProcess> findPythonProcess(int pid, const ProcessListOptions& options);

// argv on one line, quoted where a shell would need it.
std::string commandLine(const std::vector<std::string>& command);

}  // namespace whyalive::session
