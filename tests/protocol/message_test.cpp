#include "protocol/rpc/message.h"

#include <string>

#include "protocol/rpc/errors.h"
#include "tests/support/catch.h"

namespace whyalive::rpc {
namespace {

using Json = nlohmann::json;

std::string problem(std::string_view body) {
  auto parsed = parseMessage(body);
  if (parsed) return "no problem";
  return std::to_string(parsed.error().error.code) + " " + parsed.error().error.message;
}

TEST_CASE("requests, notifications and responses are told apart") {
  auto request = parseMessage(R"({"jsonrpc":"2.0","id":7,"method":"m","params":{"a":1}})");
  REQUIRE(request);
  REQUIRE(std::holds_alternative<Request>(*request));
  CHECK(std::get<Request>(*request).id == RequestId(std::int64_t{7}));
  CHECK(std::get<Request>(*request).params == Json{{"a", 1}});

  auto named = parseMessage(R"({"jsonrpc":"2.0","id":"x","method":"m"})");
  REQUIRE(named);
  CHECK(std::get<Request>(*named).id == RequestId(std::string("x")));
  CHECK(std::get<Request>(*named).params.is_null());

  auto note = parseMessage(R"({"jsonrpc":"2.0","method":"m","params":[1]})");
  REQUIRE(note);
  CHECK(std::get<Notification>(*note).params == Json{1});

  auto result = parseMessage(R"({"jsonrpc":"2.0","id":1,"result":null})");
  REQUIRE(result);
  CHECK(std::get<Response>(*result).outcome->is_null());

  auto error = parseMessage(
      R"({"jsonrpc":"2.0","id":null,"error":{"code":-5,"message":"no","data":{"kind":"corrupt"}}})");
  REQUIRE(error);
  CHECK_FALSE(std::get<Response>(*error).id);
  CHECK(std::get<Response>(*error).outcome.error().code == -5);
}

TEST_CASE("what is wrong with a message is said in one sentence") {
  CHECK(problem("{").starts_with("-32700 the message is not JSON: parse error at line 1"));
  CHECK(problem("\"\xff\"").starts_with("-32700 "));
  CHECK(problem(std::string(300, '[')) == "-32700 the message is nested too deeply");
  CHECK(problem("[]") == "-32600 batches are not supported");
  CHECK(problem("1") == "-32600 a message must be an object");
  CHECK(problem(R"({"id":1,"method":"m"})") == "-32600 jsonrpc: must be \"2.0\"");
  CHECK(problem(R"({"jsonrpc":"2.0","id":1})") == "-32600 method: is missing");
  CHECK(problem(R"({"jsonrpc":"2.0","method":3})") ==
        "-32600 method: type must be string, but is number");
  CHECK(problem(R"({"jsonrpc":"2.0","id":[],"method":"m"})") ==
        "-32600 id: type must be number or string");
  CHECK(problem(R"({"jsonrpc":"2.0","id":1.5,"method":"m"})") ==
        "-32600 id: type must be number or string");
  CHECK(problem(R"({"jsonrpc":"2.0","id":1,"method":"m","params":"x"})") ==
        "-32600 params: type must be object or array, but is string");
  CHECK(problem(R"({"jsonrpc":"2.0","id":1,"error":7})") ==
        "-32600 error: must have a number code and a string message");
}

TEST_CASE("the id of a malformed request is kept for its reply") {
  auto parsed = parseMessage(R"({"jsonrpc":"1.0","id":9,"method":"m"})");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().id == RequestId(std::int64_t{9}));
}

TEST_CASE("brackets inside strings do not count as nesting") {
  std::string text =
      R"({"jsonrpc":"2.0","method":"m","params":[")" + std::string(1000, '[') + R"(\"[["]})";
  CHECK(parseMessage(text));
}

TEST_CASE("what is formatted parses back") {
  auto request = parseMessage(formatRequest(std::int64_t{3}, "a/b", Json{{"x", "é"}}));
  REQUIRE(request);
  CHECK(std::get<Request>(*request).params == Json{{"x", "é"}});
  auto note = parseMessage(formatNotification("n", nullptr));
  REQUIRE(note);
  CHECK(std::get<Notification>(*note).method == "n");
  auto result = parseMessage(formatResult(std::string("k"), Json{1, 2}));
  REQUIRE(result);
  CHECK(*std::get<Response>(*result).outcome == Json{1, 2});
}

TEST_CASE("text that is not UTF-8 is replaced when written") {
  CHECK(dump(Json("a\xff")) == "\"a\xEF\xBF\xBD\"");
}

TEST_CASE("an error keeps its kind and remedy over the wire") {
  for (ErrorCode code : {ErrorCode::InvalidArgument, ErrorCode::NotFound, ErrorCode::Cancelled,
                         ErrorCode::Internal, ErrorCode::PermissionDenied}) {
    Error before{code, "it failed", "try again"};
    auto parsed = parseMessage(formatError(RequestId(std::int64_t{1}), toResponseError(before)));
    REQUIRE(parsed);
    Error after = toError(std::get<Response>(*parsed).outcome.error());
    CHECK(after.code == before.code);
    CHECK(after.message == before.message);
    CHECK(after.remedy == before.remedy);
  }
  CHECK(toError(ResponseError{kMethodNotFound, "what?", nullptr}).code == ErrorCode::Unsupported);
  CHECK(toError(ResponseError{1, "odd", Json{{"kind", 5}}}).code == ErrorCode::Internal);
}

}  // namespace
}  // namespace whyalive::rpc
