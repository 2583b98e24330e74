// Where agents put their sockets, by the same rules for the agent and for those who look for it:
// <folder>/<pid>.sock, in a folder that only the user can enter.
#pragma once

#include <sys/types.h>

#include <string>

namespace whyalive::agent {

// WHYALIVE_RUNTIME_DIR, else $XDG_RUNTIME_DIR/whyalive, else /tmp/whyalive-<uid>. Reads the
// environment.
std::string runtimeFolder();

std::string socketPath(const std::string& folder, pid_t pid);
// Of a frozen copy that stays.
std::string twinSocketPath(const std::string& folder, pid_t pid);

// Removes the sockets of processes that were ended before they could do it. Such a socket has no
// process of its number, and nobody listens (a folder may be shared between containers, whose
// processes have other numbers here).
void removeStaleSockets(const std::string& folder);

}  // namespace whyalive::agent
