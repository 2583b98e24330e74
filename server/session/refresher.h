// Refresher: asks the editor to fetch hints and lenses anew, once for many reasons that come close
// together. On the session's executor.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>

#include "server/net/awaitable.h"

namespace whyalive::session {

class Refresher {
 public:
  Refresher(net::asio::any_io_executor executor, std::function<void()> refresh)
      : timer_(std::move(executor)), refresh_(std::move(refresh)) {}

  void request();

 private:
  net::asio::steady_timer timer_;
  std::function<void()> refresh_;
};

}  // namespace whyalive::session
