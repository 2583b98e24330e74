#include "server/net/signal.h"

#include <boost/asio/redirect_error.hpp>

namespace whyalive::net {

Awaitable<void> Signal::wait() {
  boost::system::error_code cancelled;  // how raise() shows itself
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

Awaitable<void> sleepFor(std::chrono::milliseconds duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

}  // namespace whyalive::net
