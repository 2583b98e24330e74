// Starts a program for the editor: no input, its output on our stderr (stdout is the protocol), a
// session of its own, so that an interrupt of the editor is not its interrupt.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "protocol/base/result.h"
#include "server/net/descriptor.h"

namespace whyalive::session {

struct Spawned {
  pid_t pid = 0;
  net::Descriptor ended;  // a pidfd: readable once the program has ended; wait for it then
};

struct SpawnOptions {
  std::vector<std::string> command;                              // looked up in PATH
  std::string folder;                                            // empty: ours
  std::vector<std::pair<std::string, std::string>> environment;  // over our own
};

Result<Spawned> spawnProgram(const SpawnOptions& options);

// "exit code 1", "signal 9 (Killed)". Takes the ended program off the process table.
std::string reap(pid_t pid);

}  // namespace whyalive::session
