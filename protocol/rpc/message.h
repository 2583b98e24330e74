// JSON-RPC 2.0 messages: one body of a frame, parsed and formatted.
//
// Pure; nothing thrown. A body that is no message becomes a Malformed, which carries the reply its
// sender must get. Batches are refused: LSP has none. Params are any JSON, null when absent.
#pragma once

#include <cstdint>
#include <expected>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace whyalive::rpc {

using RequestId = std::variant<std::int64_t, std::string>;

struct ResponseError {
  int code = 0;  // see errors.h
  std::string message;
  nlohmann::json data;  // null: none
};

struct Request {
  RequestId id;
  std::string method;
  nlohmann::json params;
};

struct Notification {
  std::string method;
  nlohmann::json params;
};

struct Response {
  std::optional<RequestId> id;  // none: the answer to something whose id could not be read
  std::expected<nlohmann::json, ResponseError> outcome;
};

using Message = std::variant<Request, Notification, Response>;

struct Malformed {
  std::optional<RequestId> id;  // as far as it could be read
  ResponseError error;
};

std::expected<Message, Malformed> parseMessage(std::string_view body);

std::string formatRequest(const RequestId& id, std::string_view method,
                          const nlohmann::json& params);
std::string formatNotification(std::string_view method, const nlohmann::json& params);
std::string formatResult(const RequestId& id, const nlohmann::json& result);
std::string formatError(const std::optional<RequestId>& id, const ResponseError& error);

// For logs and tokens: 7 → "7", "a" → "\"a\"".
std::string toString(const RequestId& id);

// Text of any JSON value; bytes that are not UTF-8 are replaced, never thrown about.
std::string dump(const nlohmann::json& value);

}  // namespace whyalive::rpc
