// MemoryProbe: asks the allocators and the collector of this process how they stand, in a twin of
// its own, so that neither their locks nor their long lists can hold up the process.
//
// One probe answers one agent/memory. It has a thread of its own, which lives until the twin has
// ended; the service waits for `wake` and then takes the outcome. A twin that gets no answer (the
// C library's allocator was locked by another thread in the moment of the copy) is ended and made
// once more; then that part stays unknown.
#pragma once

#include <pthread.h>

#include <atomic>
#include <memory>

#include "agent/service/interpreter_port.h"
#include "protocol/agent/messages.h"
#include "protocol/base/result.h"

namespace whyalive::agent {

struct MemoryReport;  // shared with the twin

class MemoryProbe {
 public:
  // `wake` is an eventfd written when the outcome is there.
  static Result<std::unique_ptr<MemoryProbe>> start(const InterpreterPort& port, int wake);
  // Waits for the thread, and so perhaps for the GIL.
  ~MemoryProbe();
  MemoryProbe(const MemoryProbe&) = delete;

  bool finished() const { return finished_.load(); }
  // Once it has finished.
  Result<wire::MemoryResult> outcome() const { return outcome_; }

 private:
  MemoryProbe(const InterpreterPort& port, int wake) : port_(port), wake_(wake) {}
  static void* run(void* self);
  Result<wire::MemoryResult> ask();
  Result<void> askTwin();

  const InterpreterPort& port_;
  const int wake_;
  pthread_t thread_{};
  bool started_ = false;
  MemoryReport* report_ = nullptr;
  std::atomic<bool> finished_{false};
  std::atomic<bool> unwanted_{false};
  Result<wire::MemoryResult> outcome_;
};

}  // namespace whyalive::agent
