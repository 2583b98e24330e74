// What /proc says of a process, as far as joining it needs to know.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace whyalive::net {

struct ProcessFacts {
  uid_t user = 0;
  std::string name;            // of the executable: "python3.11"
  char state = '?';            // 'T' stopped, 'Z' zombie …
  std::optional<bool> python;  // nothing when its memory map may not be read
};

// Nothing when there is no such process (or only its zombie is left).
std::optional<ProcessFacts> processFacts(pid_t pid);
// It can only end any more, but has not had the processor for that yet.
bool isEnding(pid_t pid);

}  // namespace whyalive::net
