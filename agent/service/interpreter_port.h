// The only way in which the service touches the interpreter it lives in. The service is the same
// for every CPython; the extension module fills this in.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "agent/twin/supervisor.h"
#include "agent/walk/heap_walk.h"
#include "agent/walk/type_counts.h"
#include "protocol/agent/messages.h"

namespace whyalive::agent {

// The collector's numbers are not to be had from every interpreter.
struct CollectorState {
  bool known = false;
  bool enabled = true;
  bool numbersKnown = false;
  int thresholds[3] = {0, 0, 0};
  int counts[3] = {0, 0, 0};
};

struct InterpreterPort {
  // Waits for the GIL. False: the interpreter is ending, and the GIL is not held.
  bool (*enter)();
  void (*leave)();
  // Runs with the GIL held or in a twin.
  bool (*walk)(int fd, const WalkOptions& options, WalkReport& report);
  // Runs with the GIL held.
  bool (*count)(const CountVisitor& visitor);
  // Whether a copy made now could run Python: nobody is importing, and our thread's state is the
  // newest. GIL held.
  bool (*calm)();
  // The whole of an evaluation, in a process of its own; its exit code.
  int (*evaluate)(const EvaluationSetup& setup);
  // Code in the process itself, GIL held, and its interruption.
  wire::ExecuteResult (*execute)(const wire::ExecuteParams& params);
  void (*interrupt)(std::uint64_t thread);
  // Both only read and allocate nothing.
  CollectorState (*collector)();
  void (*describeAllocator)(std::FILE* to);  // as sys._debugmallocstats() does

  std::string python;                                      // "3.11.7"
  std::vector<std::pair<std::string, std::string>> facts;  // for the snapshot's Meta, constant
};

}  // namespace whyalive::agent
