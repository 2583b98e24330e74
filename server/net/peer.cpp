#include "server/net/peer.h"

#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <exception>
#include <utility>
#include <variant>

#include "protocol/rpc/errors.h"
#include "protocol/rpc/message.h"
#include "server/net/thrown.h"

namespace whyalive::net {
namespace {

std::unexpected<Error> cancelled() {
  return fail(ErrorCode::Cancelled, "the request was cancelled");
}

}  // namespace

struct Peer::Pending {
  explicit Pending(asio::any_io_executor executor) : answered(executor) {}
  std::optional<Result<Json>> outcome;
  Signal answered;
};

Peer::Peer(asio::any_io_executor executor, std::unique_ptr<Transport> transport, Options options)
    : executor_(executor),
      transport_(std::move(transport)),
      options_(options),
      outboxFilled_(executor),
      outboxDrained_(executor) {
  onNotification("$/cancelRequest", [this](const Json& params) {
    cancel(params);
    return Result<void>();
  });
}

Peer::~Peer() = default;

void Peer::onRequest(std::string method, Quick handler) {
  quick_[std::move(method)] = std::move(handler);
}

void Peer::onLongRequest(std::string method, Long handler) {
  long_[std::move(method)] = std::move(handler);
}

void Peer::onNotification(std::string method, Note handler) {
  notes_[std::move(method)] = std::move(handler);
}

Awaitable<Error> Peer::run() {
  auto self = shared_from_this();
  asio::co_spawn(executor_, writeLoop(), asio::detached);
  Error why = co_await readLoop();
  abandon(why);
  co_return why;
}

Awaitable<Error> Peer::readLoop() {
  rpc::FrameDecoder decoder(options_.limits);
  while (!closed_ && !stopping_) {
    while (outboxBytes_ > options_.outboxLimit && !closed_) co_await outboxDrained_.wait();
    Result<std::string> bytes = co_await transport_->read();
    if (!bytes) {
      Result<void> end = decoder.finish();
      co_return end || closed_ ? bytes.error() : end.error();
    }
    decoder.feed(*bytes);
    while (!closed_ && !stopping_) {
      std::optional<Result<std::string>> body = decoder.next();
      if (!body) break;
      if (*body) {
        handle(**body);
      } else {
        send(rpc::formatError({}, {rpc::kParseError, body->error().message, nullptr}));
        report(body->error().message);
      }
    }
  }
  co_return Error{ErrorCode::Disconnected, "closed by us", {}};
}

// Nobody will answer us any more, and nobody waits for our answers.
void Peer::abandon(const Error& why) {
  for (auto& [id, call] : std::exchange(running_, {})) call->request();
  for (auto& [id, pending] : std::exchange(pending_, {})) {
    pending->outcome = std::unexpected(why);
    pending->answered.raise();
  }
}

void Peer::handle(std::string_view body) {
  auto message = rpc::parseMessage(body);
  if (!message) {
    send(rpc::formatError(message.error().id, message.error().error));
    report(message.error().error.message);
    return;
  }
  if (auto* request = std::get_if<rpc::Request>(&*message)) {
    handleRequest(std::move(*request));
  } else if (auto* notification = std::get_if<rpc::Notification>(&*message)) {
    handleNotification(*notification);
  } else {
    handleResponse(std::move(std::get<rpc::Response>(*message)));
  }
}

void Peer::handleRequest(rpc::Request request) {
  auto refuse = [&](rpc::ResponseError error) { send(rpc::formatError(request.id, error)); };
  std::string id = rpc::toString(request.id);
  if (running_.contains(id)) {
    return refuse({rpc::kInvalidRequest, "id: a request with this id is still running", nullptr});
  }
  if (gate_) {
    if (auto problem = gate_(request.method)) return refuse(std::move(*problem));
  }
  if (auto quick = quick_.find(request.method); quick != quick_.end()) {
    try {
      reply(request, quick->second(request.params));
    } catch (const std::exception& problem) {
      reply(request, std::unexpected(thrownError(problem, request.method)));
    }
  } else if (auto slow = long_.find(request.method); slow != long_.end()) {
    Call call = std::make_shared<Cancellation>();
    running_[id] = call;
    asio::co_spawn(executor_, serve(slow->second, id, std::move(request), call), asio::detached);
  } else {
    refuse({rpc::kMethodNotFound, "there is no method " + request.method, nullptr});
  }
}

Awaitable<void> Peer::serve(Long handler, std::string id, rpc::Request request, Call call) {
  auto self = shared_from_this();
  Result<Json> result = cancelled();
  try {
    if (!call->requested()) result = co_await handler(std::move(request.params), call);
  } catch (const std::exception& problem) {
    result = std::unexpected(thrownError(problem, request.method));
  }
  if (auto mine = running_.find(id); mine != running_.end() && mine->second == call) {
    running_.erase(mine);
  }
  reply(request, result);
}

void Peer::reply(const rpc::Request& request, const Result<Json>& result) {
  if (result) {
    send(rpc::formatResult(request.id, *result));
  } else {
    send(rpc::formatError(request.id, rpc::toResponseError(result.error())));
  }
}

void Peer::handleNotification(const rpc::Notification& notification) {
  auto handler = notes_.find(notification.method);
  if (handler == notes_.end()) return;
  if (gate_ && gate_(notification.method)) return;
  try {
    if (auto done = handler->second(notification.params); !done) {
      report(notification.method + ": " + done.error().message);
    }
  } catch (const std::exception& problem) {
    report(thrownError(problem, notification.method).message);
  }
}

void Peer::handleResponse(rpc::Response response) {
  auto number = response.id ? std::get_if<std::int64_t>(&*response.id) : nullptr;
  auto found = number ? pending_.find(*number) : pending_.end();
  if (found == pending_.end()) {
    if (!response.outcome) report("the other side says: " + response.outcome.error().message);
    return;
  }
  auto pending = std::move(found->second);
  pending_.erase(found);
  if (response.outcome) {
    pending->outcome = std::move(*response.outcome);
  } else {
    pending->outcome = std::unexpected(rpc::toError(response.outcome.error()));
  }
  pending->answered.raise();
}

void Peer::cancel(const Json& params) {
  if (!params.is_object() || !params.contains("id"))
    return report("$/cancelRequest: id is missing");
  auto found = running_.find(rpc::dump(params["id"]));
  if (found != running_.end()) found->second->request();
}

Awaitable<Result<Peer::Json>> Peer::request(std::string method, Json params, Call call) {
  auto self = shared_from_this();
  if (closed_ || stopping_) co_return fail(ErrorCode::Disconnected, "the connection is closed");
  std::int64_t id = nextId_++;
  auto pending = std::make_shared<Pending>(executor_);
  pending_[id] = pending;
  send(rpc::formatRequest(id, method, params));
  if (call) {
    // The call may outlive this peer, and the executor that it needs to go.
    call->onRequest([peer = weak_from_this(), id] {
      const auto asked = peer.lock();
      if (asked && asked->pending_.contains(id)) asked->notify("$/cancelRequest", Json{{"id", id}});
    });
  }
  while (!pending->outcome) co_await pending->answered.wait();
  if (call) call->onRequest(nullptr);
  co_return std::move(*pending->outcome);
}

void Peer::notify(std::string_view method, const Json& params) {
  send(rpc::formatNotification(method, params));
}

void Peer::send(std::string_view body) {
  if (closed_) return;
  outbox_.push_back(rpc::encodeFrame(body));
  outboxBytes_ += outbox_.back().size();
  outboxFilled_.raise();
}

Awaitable<void> Peer::writeLoop() {
  auto self = shared_from_this();
  while (!closed_) {
    if (outbox_.empty()) {
      co_await outboxFilled_.wait();
      continue;
    }
    std::string bytes = std::move(outbox_.front());
    outbox_.pop_front();
    std::size_t size = bytes.size();
    Result<void> written = co_await transport_->write(std::move(bytes));
    outboxBytes_ -= size;
    outboxDrained_.raise();
    if (!written) close();
  }
}

Awaitable<void> Peer::flush(std::chrono::milliseconds most) {
  using asio::experimental::awaitable_operators::operator||;
  auto self = shared_from_this();
  auto drained = [](std::shared_ptr<Peer> peer) -> Awaitable<void> {
    while (peer->outboxBytes_ > 0 && !peer->closed_) co_await peer->outboxDrained_.wait();
  };
  co_await (drained(self) || sleepFor(most));
}

void Peer::close() {
  if (std::exchange(closed_, true)) return;
  transport_->close();
  outboxFilled_.raise();
  outboxDrained_.raise();
}

}  // namespace whyalive::net
