// Live counts of the process's objects by type, for everyone who asks.
//
// Counting needs the GIL, so it is done on a thread that exists only meanwhile. The process stands
// still for each count; the next one waits until all counts together take less than 1% of the time.
// Who asks sooner gets the last answer. Owned by the service, on its thread.
#pragma once

#include <pthread.h>

#include <atomic>
#include <optional>
#include <vector>

#include "agent/service/interpreter_port.h"
#include "protocol/agent/messages.h"
#include "protocol/base/result.h"

namespace whyalive::agent {

class LiveCounts {
 public:
  // `wake` is an eventfd written when a count has finished.
  LiveCounts(const InterpreterPort& port, int wake) : port_(port), wake_(wake) {}
  ~LiveCounts();  // waits for a count under way
  LiveCounts(const LiveCounts&) = delete;

  // Whether the last answer is still the one to give.
  bool fresh() const;
  // Starts a count unless one is under way.
  Result<void> start();
  bool running() const { return started_; }
  // True once, when the count that was started has ended.
  bool settle();

  // The last count, cut to the types with most bytes; or why it failed.
  Result<wire::CountsResult> answer(const wire::CountsParams& params) const;

 private:
  static void* run(void* self);
  void count();
  static void addType(void* self, std::string_view module, std::string_view name,
                      std::uint64_t count, std::uint64_t bytes) noexcept;

  const InterpreterPort& port_;
  int wake_;
  pthread_t thread_{};
  bool started_ = false;
  std::atomic<bool> finished_{false};
  // Written by the thread until finished_.
  bool failed_ = false;
  wire::CountsResult last_;
  std::uint64_t nextNs_ = 0;  // monotonic time of the next count
};

}  // namespace whyalive::agent
