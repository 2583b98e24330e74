// The only way in which the service touches the interpreter it lives in. The service is the same
// for every CPython; the extension module fills this in.
#pragma once

#include <string>
#include <vector>

#include "agent/twin/supervisor.h"
#include "agent/walk/heap_walk.h"

namespace whyalive::agent {

struct InterpreterPort {
  // Waits for the GIL. False: the interpreter is ending, and the GIL is not held.
  bool (*enter)();
  void (*leave)();
  // Runs with the GIL held or in a twin.
  bool (*walk)(int fd, const WalkOptions& options, WalkReport& report);
  // Whether a copy made now could run Python: nobody is importing, and our thread's state is the
  // newest. GIL held.
  bool (*calm)();
  // The whole of an evaluation, in a process of its own; its exit code.
  int (*evaluate)(const EvaluationSetup& setup);

  std::string python;                                      // "3.11.7"
  std::vector<std::pair<std::string, std::string>> facts;  // for the snapshot's Meta, constant
};

}  // namespace whyalive::agent
