// A second thread for the walk, in a copy of the process where nothing else runs: made by the
// kernel alone, because libc's locks may be held by threads that are not in the copy.
//
// It shares the first thread's thread-local storage, so it may call nothing that writes there: no
// libc beyond memory and system calls whose errno nobody reads. Its memory is its own (`mappings`);
// its failures end it alone, and the first thread asks for them.
#pragma once

#include <atomic>

#include "agent/memory/mapped.h"

namespace whyalive::agent {

class SecondWalker {
 public:
  using Body = void (*)(void* context, Mappings& mappings);

  SecondWalker() : mappings_(bailout_) {}
  SecondWalker(const SecondWalker&) = delete;

  // Whether a core is idle and the process is allowed more than one.
  static bool coreIsFree();

  bool start(Body body, void* context);
  // Waits for its end. None when it did its work, or was never started.
  Failure join();
  // Asks it to end soon, waits, and gives its memory back.
  void dismiss();
  const std::atomic<bool>& dismissed() const { return dismissed_; }

 private:
  static int run(void* self);

  Bailout bailout_{};
  Mappings mappings_;
  Body body_ = nullptr;
  void* context_ = nullptr;
  void* stack_ = nullptr;
  std::atomic<int> threadId_{0};  // the kernel clears it when the thread has ended
  std::atomic<int> failure_{0};
  std::atomic<bool> dismissed_{false};
};

}  // namespace whyalive::agent
