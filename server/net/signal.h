// Signal: lets coroutines of one executor wait until something happened. No thread rule broken:
// raise() and wait() belong to that executor.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>

#include "server/net/awaitable.h"

namespace whyalive::net {

class Signal {
 public:
  explicit Signal(asio::any_io_executor executor)
      : timer_(executor, asio::steady_timer::time_point::max()) {}

  // Wakes everyone who waits now; later waits wait for the next raise().
  void raise() { timer_.cancel(); }
  Awaitable<void> wait();

 private:
  asio::steady_timer timer_;
};

// Returns after `duration`.
Awaitable<void> sleepFor(std::chrono::milliseconds duration);

}  // namespace whyalive::net
