// Loads a shared library into a running process and calls its entry, on a thread of its own.
//
//    us                         interrupted thread T            new thread N
//    stop T at a safe point ──► stopped
//                               mmap, mprotect (two pages)
//    write code and block
//                               launch(): pthread_create ─────► (all signals blocked)
//    let go of T ─────────────► goes on
//    watch the block                                            take the GIL, dlopen, let go of it
//                                                               entry(argument)
//    acknowledge                                                unmap the pages, end
//
// T stands still for the pthread_create alone; whatever dlopen may wait for, it waits for on N. The
// decision and its alternatives: docs/decisions/0010-attach-by-a-second-thread.md.
// Must be called from one thread from start to end (ptrace wants that).
#pragma once

#include <chrono>
#include <string>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/attach/target.h"

namespace whyalive::attach {

struct LoadRequest {
  std::string path;       // of the library, as the process sees it
  std::string entryName;  // an EntryFunction (launch_block.h)
  std::string argument;
  std::chrono::milliseconds findPoint{10'000};  // how long to look for a safe point
  std::chrono::milliseconds load{60'000};       // how long the interpreter and the library may take
};

struct LoadOutcome {
  int thread = 0;             // that was interrupted
  int stops = 0;              // how often a thread was stopped, the last one included
  std::int64_t pauseNs = 0;   // how long the interrupted thread stood still
  std::int64_t probesNs = 0;  // all earlier stops together
  std::int64_t gilWaitNs = 0;
  std::int64_t gilHeldNs = 0;  // while the library was loaded
  std::int64_t totalNs = 0;
  int entryResult = 0;
  std::string text;        // what the entry left
  bool wasLoaded = false;  // the library was there already; only its entry was called
};

Result<LoadOutcome> loadLibrary(const Target& target, const LoadRequest& request,
                                const RunControl& control);

}  // namespace whyalive::attach
