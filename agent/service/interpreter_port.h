// The only way in which the service touches the interpreter it lives in. The service is the same
// for every CPython; the extension module fills this in.
#pragma once

#include <string>
#include <vector>

#include "agent/walk/heap_walk.h"

namespace whyalive::agent {

struct InterpreterPort {
  // Waits for the GIL. False: the interpreter is ending, and the GIL is not held.
  bool (*enter)();
  void (*leave)();
  // Runs with the GIL held or in a twin.
  bool (*walk)(int fd, const WalkOptions& options, WalkReport& report);

  std::string python;                                      // "3.11.7"
  std::vector<std::pair<std::string, std::string>> facts;  // for the snapshot's Meta, constant
};

}  // namespace whyalive::agent
