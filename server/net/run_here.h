// runHere(): a coroutine run to its end on the calling thread. For the command line, which may
// block; sessions have a loop of their own.
//
// `keepGoing` is asked every 40 ms; after its first "no" the work is cancelled, and given up if it
// does not end soon. The work must therefore own all it uses.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "protocol/base/result.h"
#include "server/net/awaitable.h"
#include "server/net/cancellation.h"
#include "server/net/thrown.h"

namespace whyalive::net {

template <class T>
Result<T> runHere(Awaitable<Result<T>> work, const std::shared_ptr<Cancellation>& call,
                  const std::function<bool()>& keepGoing, const std::string& whenCancelled) {
  using namespace std::chrono_literals;
  constexpr auto kAskEvery = 40ms;
  constexpr auto kGiveUpAfter = 2s;
  asio::io_context context(1);
  std::optional<Result<T>> outcome;
  asio::co_spawn(context, std::move(work), [&](std::exception_ptr bug, Result<T> result) {
    outcome = bug ? std::unexpected(thrownError(bug, "talking to the agent")) : std::move(result);
  });
  auto since = std::chrono::steady_clock::time_point::max();
  while (!outcome) {
    context.run_for(kAskEvery);
    context.restart();
    if (outcome) break;
    const auto now = std::chrono::steady_clock::now();
    if (!call->requested() && !keepGoing()) {
      call->request();
      since = now;
    }
    if (call->requested() && now - since > kGiveUpAfter) {
      outcome = fail(ErrorCode::Cancelled, whenCancelled);
    }
  }
  return std::move(*outcome);
}

}  // namespace whyalive::net
