// Waiting for one's turn without becoming deaf: whoever waits for what another thread makes can
// still be told to stop.
#pragma once

#include <chrono>
#include <mutex>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"

namespace whyalive::session {

inline Result<std::unique_lock<std::timed_mutex>> takeTurn(std::timed_mutex& mutex,
                                                           const RunControl& control) {
  constexpr auto kTick = std::chrono::milliseconds(10);
  std::unique_lock turn(mutex, std::defer_lock);
  while (!turn.try_lock_for(kTick)) {
    if (!control.keepGoing("waiting for another answer", 0)) {
      return fail(ErrorCode::Cancelled, "the question was cancelled");
    }
  }
  return turn;
}

}  // namespace whyalive::session
