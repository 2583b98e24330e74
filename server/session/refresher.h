// Refresher: does something once for many reasons that come close together, such as asking the
// editor to fetch its hints anew. On the session's executor.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>

#include "server/net/awaitable.h"

namespace whyalive::session {

class Refresher {
 public:
  // `quiet`: how long no further reason may come before it asks.
  Refresher(const net::asio::any_io_executor& executor, std::chrono::milliseconds quiet,
            std::function<void()> refresh)
      : timer_(executor), quiet_(quiet), refresh_(std::move(refresh)) {}

  void request();

 private:
  net::asio::steady_timer timer_;
  std::chrono::milliseconds quiet_;
  std::function<void()> refresh_;
};

}  // namespace whyalive::session
