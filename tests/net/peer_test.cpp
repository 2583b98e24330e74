#include "server/net/peer.h"

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "protocol/rpc/errors.h"
#include "protocol/rpc/message.h"
#include "tests/support/catch.h"

namespace whyalive::net {
namespace {

using Json = nlohmann::json;

// A peer under test, and the raw other end of its transport.
struct Conversation {
  asio::io_context context;
  std::unique_ptr<Transport> raw;
  std::shared_ptr<Peer> peer;
  rpc::FrameDecoder decoder;
  std::vector<std::string> reports;
  std::optional<Error> ended;

  explicit Conversation(Peer::Options options = {}) {
    auto [here, there] = joinedTransports(context.get_executor());
    raw = std::move(there);
    peer = std::make_shared<Peer>(context.get_executor(), std::move(here), options);
    peer->setReport([this](const std::string& text) { reports.push_back(text); });
    asio::co_spawn(context, serve(this), asio::detached);
  }
  ~Conversation() {
    peer->close();
    raw->close();
    context.restart();
    context.run();
  }

  static Awaitable<void> serve(Conversation* self) { self->ended = co_await self->peer->run(); }
  static Awaitable<void> push(Conversation* self, std::string bytes) {
    (void)co_await self->raw->write(bytes);
  }
  static Awaitable<void> pull(Conversation* self) {
    auto bytes = co_await self->raw->read();
    if (bytes) self->decoder.feed(*bytes);
  }

  void settle() {
    context.restart();
    context.poll();
  }
  void sendRaw(std::string bytes) {
    asio::co_spawn(context, push(this, std::move(bytes)), asio::detached);
    settle();
  }
  void send(const std::string& body) { sendRaw(rpc::encodeFrame(body)); }

  // Everything the peer has said since the last call.
  std::vector<Json> received() {
    settle();
    asio::co_spawn(context, pull(this), asio::detached);
    settle();
    std::vector<Json> all;
    while (auto body = decoder.next()) all.push_back(Json::parse(body->value()));
    return all;
  }
  Json only() {
    auto all = received();
    REQUIRE(all.size() == 1);
    return all.front();
  }
};

std::string request(int id, const std::string& method, const Json& params = nullptr) {
  return rpc::formatRequest(std::int64_t{id}, method, params);
}

TEST_CASE("a quick request gets its handler's result") {
  Conversation talk;
  talk.peer->onRequest(
      "add", [](const Json& p) -> Result<Json> { return p["a"].get<int>() + p["b"].get<int>(); });
  talk.send(request(1, "add", {{"a", 2}, {"b", 3}}));
  CHECK(talk.only() == Json{{"jsonrpc", "2.0"}, {"id", 1}, {"result", 5}});
}

TEST_CASE("every request gets exactly one reply, whatever its handler does") {
  Conversation talk;
  talk.peer->onRequest("fails", [](const Json&) -> Result<Json> {
    return fail(ErrorCode::NotFound, "no such thing", "look elsewhere");
  });
  talk.peer->onRequest("throws",
                       [](const Json&) -> Result<Json> { throw std::runtime_error("oops"); });
  talk.peer->onLongRequest("throwsLater", [](Json, Peer::Call) -> Awaitable<Result<Json>> {
    co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    throw std::runtime_error("later");
  });

  talk.send(request(1, "fails"));
  Json failed = talk.only();
  CHECK(failed["error"]["code"] == rpc::kRequestFailed);
  CHECK(failed["error"]["data"] == Json{{"kind", "not-found"}, {"remedy", "look elsewhere"}});

  talk.send(request(2, "throws"));
  CHECK(talk.only()["error"]["message"] == "throws failed: oops");

  talk.send(request(3, "throwsLater"));
  CHECK(talk.only()["error"]["code"] == rpc::kInternalError);

  talk.send(request(4, "unknown"));
  CHECK(talk.only()["error"]["code"] == rpc::kMethodNotFound);
}

TEST_CASE("malformed input is answered and the conversation goes on") {
  Conversation talk;
  talk.peer->onRequest("ping", [](const Json&) -> Result<Json> { return "pong"; });
  auto [sent, code] = GENERATE(table<std::string, int>({
      {rpc::encodeFrame("{"), rpc::kParseError},
      {rpc::encodeFrame(R"({"jsonrpc":"2.0","id":5})"), rpc::kInvalidRequest},
      {rpc::encodeFrame("[]"), rpc::kInvalidRequest},
      {"Content-Length: nonsense\r\n\r\n", rpc::kParseError},
      {"Content-Length: 99999999999\r\n\r\n", rpc::kParseError},
  }));
  talk.sendRaw(sent);
  CHECK(talk.only()["error"]["code"] == code);
  if (sent.find("999") == std::string::npos) {
    talk.send(request(6, "ping"));
    CHECK(talk.only()["result"] == "pong");
  }
}

TEST_CASE("a long request can be cancelled, running or not, and still gets one reply") {
  Conversation talk;
  auto wake = std::make_shared<Signal>(talk.context.get_executor());
  talk.peer->onLongRequest("wait", [wake](Json, Peer::Call call) -> Awaitable<Result<Json>> {
    auto mine = wake;  // the handler may be replaced while this waits
    call->onRequest([mine] { mine->raise(); });
    co_await mine->wait();
    co_return fail(ErrorCode::Cancelled, "stopped");
  });
  talk.send(request(1, "wait"));
  CHECK(talk.received().empty());
  talk.send(R"({"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}})");
  CHECK(talk.only()["error"]["code"] == rpc::kRequestCancelled);
  // Nothing is left of it: the id may be used again, and a late cancel is harmless.
  talk.send(R"({"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}})");
  CHECK(talk.received().empty());
}

TEST_CASE("an id that is still in use is refused") {
  Conversation talk;
  auto wake = std::make_shared<Signal>(talk.context.get_executor());
  talk.peer->onLongRequest("wait", [wake](Json, Peer::Call) -> Awaitable<Result<Json>> {
    auto mine = wake;
    co_await mine->wait();
    co_return "done";
  });
  talk.send(request(1, "wait"));
  talk.send(request(1, "wait"));
  CHECK(talk.only()["error"]["code"] == rpc::kInvalidRequest);
  wake->raise();
  CHECK(talk.only()["result"] == "done");
}

TEST_CASE("requests of our own get their answers, whatever their order") {
  Conversation talk;
  std::vector<std::string> heard;
  auto ask = [](std::shared_ptr<Peer> peer, std::string method,
                std::vector<std::string>* out) -> Awaitable<void> {
    auto answer = co_await peer->request(method, nullptr);
    out->push_back(answer ? answer->dump() : answer.error().message);
  };
  asio::co_spawn(talk.context, ask(talk.peer, "first", &heard), asio::detached);
  asio::co_spawn(talk.context, ask(talk.peer, "second", &heard), asio::detached);
  auto asked = talk.received();
  REQUIRE(asked.size() == 2);
  talk.send(rpc::formatResult(asked[1]["id"].get<std::int64_t>(), 2));
  talk.send(
      rpc::formatError(rpc::RequestId(asked[0]["id"].get<std::int64_t>()), {-1, "no", nullptr}));
  CHECK(heard == std::vector<std::string>{"2", "no"});
}

TEST_CASE("the end of the stream ends everything with an error, not with silence") {
  Conversation talk;
  std::optional<Result<Json>> answer;
  auto ask = [](std::shared_ptr<Peer> peer, std::optional<Result<Json>>* out) -> Awaitable<void> {
    *out = co_await peer->request("question", nullptr);
  };
  asio::co_spawn(talk.context, ask(talk.peer, &answer), asio::detached);
  talk.settle();
  talk.raw->close();
  talk.settle();
  REQUIRE(answer.has_value());
  REQUIRE_FALSE(answer->has_value());
  CHECK(answer->error().code == ErrorCode::Disconnected);
  REQUIRE(talk.ended.has_value());
  CHECK(talk.ended->code == ErrorCode::Disconnected);
}

TEST_CASE("whoever can cancel a request does not keep the peer that made it") {
  const auto call = std::make_shared<Cancellation>();
  std::weak_ptr<Peer> asking;
  {
    asio::io_context context;
    auto [here, there] = joinedTransports(context.get_executor());
    auto peer = std::make_shared<Peer>(context.get_executor(), std::move(here), Peer::Options());
    asking = peer;
    auto ask = [](std::shared_ptr<Peer> one, Peer::Call cancel) -> Awaitable<void> {
      (void)co_await one->request("question", nullptr, cancel);
    };
    asio::co_spawn(context, ask(std::move(peer), call), asio::detached);
    context.poll();
    CHECK_FALSE(asking.expired());
  }
  CHECK(asking.expired());  // it needs the executor, which has gone
  call->request();
}

TEST_CASE("the gate decides what may be asked now") {
  Conversation talk;
  talk.peer->onRequest("ping", [](const Json&) -> Result<Json> { return "pong"; });
  int notes = 0;
  talk.peer->onNotification("note", [&](const Json&) {
    ++notes;
    return Result<void>();
  });
  bool open = false;
  talk.peer->setGate([&](std::string_view) -> std::optional<rpc::ResponseError> {
    if (open) return std::nullopt;
    return rpc::ResponseError{rpc::kServerNotInitialized, "not yet", nullptr};
  });
  talk.send(request(1, "ping"));
  talk.send(rpc::formatNotification("note", nullptr));
  CHECK(talk.only()["error"]["code"] == rpc::kServerNotInitialized);
  CHECK(notes == 0);
  open = true;
  talk.send(request(2, "ping"));
  talk.send(rpc::formatNotification("note", nullptr));
  CHECK(talk.only()["result"] == "pong");
  CHECK(notes == 1);
}

TEST_CASE("what goes wrong in a notification is reported, not answered") {
  Conversation talk;
  talk.peer->onNotification("note", [](const Json&) -> Result<void> {
    return fail(ErrorCode::InvalidArgument, "params.x: is missing");
  });
  talk.send(rpc::formatNotification("note", nullptr));
  talk.send(rpc::formatNotification("unknown", nullptr));
  CHECK(talk.received().empty());
  CHECK(talk.reports == std::vector<std::string>{"note: params.x: is missing"});
}

TEST_CASE("a peer that is not read from stops reading, and goes on later") {
  Peer::Options options;
  options.outboxLimit = 10;
  Conversation talk(options);
  talk.peer->onRequest("big", [](const Json&) -> Result<Json> { return std::string(1000, 'x'); });
  for (int id = 1; id <= 20; ++id) talk.send(request(id, "big"));
  CHECK(talk.received().size() == 20);
}

}  // namespace
}  // namespace whyalive::net
