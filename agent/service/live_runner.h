// Runs code that a person typed in the process itself: the one deliberate exception to leaving it
// alone. On a thread of its own with the GIL, so at a point where Python code may run; a second
// thread raises TimeoutError in it when its time is over. Code that does not return to the
// interpreter cannot be interrupted. One at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "agent/service/interpreter_port.h"
#include "protocol/agent/messages.h"
#include "protocol/base/result.h"

namespace whyalive::agent {

class LiveRunner {
 public:
  // `wake` is an eventfd written when the code has ended.
  LiveRunner(const InterpreterPort& port, int wake) : port_(port), wake_(wake) {}

  bool busy() const { return run_ != nullptr; }
  Result<void> start(const wire::ExecuteParams& params);
  // Once the code has ended.
  std::optional<wire::ExecuteResult> take();

 private:
  struct Run;
  static void* execute(void* run);
  static void* limit(void* run);

  const InterpreterPort& port_;
  int wake_;
  std::shared_ptr<Run> run_;
};

// Appends a line to live.log in the agent's folder; without it nothing is run.
Result<void> logLiveUse(const std::string& folder, pid_t client, const std::string& source);

}  // namespace whyalive::agent
