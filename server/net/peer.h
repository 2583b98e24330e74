// Peer: one end of a JSON-RPC conversation over a transport.
//
// Both ends are alike: it answers requests by handlers and sends requests of its own. A handler
// returns its result, so every request gets exactly one reply, also when it fails, throws or is
// cancelled. Quick handlers and notifications run in the order in which they arrive; long ones run
// beside them as coroutines. Malformed input is answered and the conversation goes on.
//
// Thread rule: everything on the one executor. Owned by shared_ptr; its coroutines keep it alive.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/result.h"
#include "protocol/rpc/frame_decoder.h"
#include "server/net/awaitable.h"
#include "server/net/cancellation.h"
#include "server/net/signal.h"
#include "server/net/transport.h"

namespace whyalive::rpc {
struct Request;
struct Notification;
struct Response;
struct ResponseError;
}  // namespace whyalive::rpc

namespace whyalive::net {

class Peer : public std::enable_shared_from_this<Peer> {
 public:
  using Json = nlohmann::json;
  using Call = std::shared_ptr<Cancellation>;
  using Quick = std::function<Result<Json>(const Json& params)>;
  using Long = std::function<Awaitable<Result<Json>>(Json params, Call call)>;
  using Note = std::function<Result<void>(const Json& params)>;
  // Says why a request may not be served now; nothing when it may.
  using Gate = std::function<std::optional<rpc::ResponseError>(std::string_view method)>;

  struct Options {
    rpc::FrameLimits limits;
    std::size_t outboxLimit = 64 * 1024 * 1024;  // bytes waiting before we stop reading
  };

  Peer(asio::any_io_executor executor, std::unique_ptr<Transport> transport, Options options);
  Peer(asio::any_io_executor executor, std::unique_ptr<Transport> transport)
      : Peer(std::move(executor), std::move(transport), Options()) {}
  ~Peer();

  void onRequest(std::string method, Quick handler);
  void onLongRequest(std::string method, Long handler);
  void onNotification(std::string method, Note handler);
  void setGate(Gate gate) { gate_ = std::move(gate); }
  // Told what was wrong with notifications and stray messages, which nobody can be answered for.
  void setReport(std::function<void(const std::string&)> report) { report_ = std::move(report); }

  // Sends a request; the reply, or Disconnected. `call` cancelled tells the other side so.
  Awaitable<Result<Json>> request(std::string method, Json params, Call call = nullptr);
  void notify(std::string_view method, const Json& params);

  // Serves until the stream ends, or stop() or close() is called; returns why it ended. Call once.
  Awaitable<Error> run();
  // Waits until everything sent so far is written, at most so long.
  Awaitable<void> flush(std::chrono::milliseconds most);
  // No more reading: run() returns once what is being handled is done. What was sent can still be
  // flushed.
  void stop() { stopping_ = true; }
  void close();
  bool closed() const { return closed_; }

 private:
  struct Pending;

  Awaitable<Error> readLoop();
  void abandon(const Error& why);
  void handle(std::string_view body);
  void handleRequest(rpc::Request request);
  void handleNotification(const rpc::Notification& notification);
  void handleResponse(rpc::Response response);
  Awaitable<void> serve(Long handler, std::string id, rpc::Request request, Call call);
  void reply(const rpc::Request& request, const Result<Json>& result);
  void cancel(const Json& params);
  void send(std::string_view body);
  Awaitable<void> writeLoop();
  void report(const std::string& problem) {
    if (report_) report_(problem);
  }

  asio::any_io_executor executor_;
  std::unique_ptr<Transport> transport_;
  Options options_;
  std::map<std::string, Quick, std::less<>> quick_;
  std::map<std::string, Long, std::less<>> long_;
  std::map<std::string, Note, std::less<>> notes_;
  Gate gate_;
  std::function<void(const std::string&)> report_;

  std::map<std::string, Call> running_;  // long requests, by the text of their id
  std::map<std::int64_t, std::shared_ptr<Pending>> pending_;
  std::int64_t nextId_ = 1;

  std::deque<std::string> outbox_;
  std::size_t outboxBytes_ = 0;
  Signal outboxFilled_, outboxDrained_;
  bool stopping_ = false;
  bool closed_ = false;
};

}  // namespace whyalive::net
