// The few coroutine words the net and session layers use, and offload(), the only way to another
// thread. Coroutines take their parameters by value; coroutine lambdas capture nothing. What a
// co_await expression passes on (a braced value, a lambda with captures) has a name first: g++ 12
// may destroy such temporaries twice.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <type_traits>
#include <utility>

namespace whyalive::net {

namespace asio = boost::asio;
template <class T>
using Awaitable = asio::awaitable<T>;

namespace detail {
template <class Work>
Awaitable<std::invoke_result_t<Work>> runOnce(Work work) {
  co_return work();
}
}  // namespace detail

// Runs `work` on the pool and resumes the caller on its own executor with what it returned.
template <class Work>
Awaitable<std::invoke_result_t<Work>> offload(asio::any_io_executor pool, Work work) {
  co_return co_await asio::co_spawn(pool, detail::runOnce(std::move(work)), asio::use_awaitable);
}

}  // namespace whyalive::net
