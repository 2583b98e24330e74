// on<Message>(peer, handler): the handler of a message, with the types that the message names. A
// handler of another shape does not compile:
//   notification    Result<void> (Params)
//   quick request   Result<M::Result> (Params)
//   long request    Awaitable<Result<M::Result>> (Params, LongCall)
//
// Templates: include it only where messages are wired up.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "protocol/json/convert.h"
#include "protocol/lsp/basic.h"
#include "server/net/long_call.h"
#include "server/net/peer.h"

namespace whyalive::net {

namespace detail {

// A `workDoneToken` of the wrong type is none: it must not make a request fail.
inline std::optional<lsp::ProgressToken> workDoneToken(const Peer::Json& params) {
  if (!params.is_object()) return std::nullopt;
  auto found = params.find("workDoneToken");
  if (found == params.end()) return std::nullopt;
  auto token = json::parse<lsp::ProgressToken>(*found, "params.workDoneToken");
  if (!token) return std::nullopt;
  return *token;
}

template <class M, class F>
Awaitable<Result<Peer::Json>> serveLong(std::shared_ptr<F> handler, Peer::Json params,
                                        LongCall call) {
  auto read = json::parse<typename M::Params>(params, "params");
  if (!read) co_return std::unexpected(read.error());
  Result<typename M::Result> result = co_await (*handler)(std::move(*read), std::move(call));
  if (!result) co_return std::unexpected(result.error());
  co_return json::write(*result);
}

}  // namespace detail

template <class M, class F>
void on(Peer& peer, F handler) {
  using Params = typename M::Params;
  if constexpr (!requires { typename M::Result; }) {
    static_assert(std::is_same_v<std::invoke_result_t<F, Params>, Result<void>>);
    peer.onNotification(std::string(M::kMethod),
                        [handler = std::move(handler)](const Peer::Json& params) -> Result<void> {
                          auto read = json::parse<Params>(params, "params");
                          if (!read) return std::unexpected(read.error());
                          return handler(std::move(*read));
                        });
  } else if constexpr (std::is_invocable_v<F, Params>) {
    using Answer = Result<typename M::Result>;
    static_assert(std::is_same_v<std::invoke_result_t<F, Params>, Answer>);
    peer.onRequest(std::string(M::kMethod),
                   [handler = std::move(handler)](const Peer::Json& params) -> Result<Peer::Json> {
                     auto read = json::parse<Params>(params, "params");
                     if (!read) return std::unexpected(read.error());
                     Answer result = handler(std::move(*read));
                     if (!result) return std::unexpected(result.error());
                     return json::write(*result);
                   });
  } else {
    auto shared = std::make_shared<F>(std::move(handler));
    peer.onLongRequest(std::string(M::kMethod), [shared](Peer::Json params, Peer::Call call) {
      LongCall details{std::move(call), detail::workDoneToken(params)};
      return detail::serveLong<M>(shared, std::move(params), std::move(details));
    });
  }
}

// Sends a request of ours and reads its answer; a result of the wrong shape is an error.
template <class M>
Awaitable<Result<typename M::Result>> ask(std::shared_ptr<Peer> peer, typename M::Params params,
                                          Peer::Call call = nullptr) {
  auto reply = co_await peer->request(std::string(M::kMethod), json::write(params), call);
  if (!reply) co_return std::unexpected(reply.error());
  co_return json::parse<typename M::Result>(*reply, M::kMethod);
}

template <class M>
void tell(Peer& peer, const typename M::Params& params) {
  peer.notify(M::kMethod, json::write(params));
}

}  // namespace whyalive::net
