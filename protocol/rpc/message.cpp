#include "protocol/rpc/message.h"

#include <utility>

#include "protocol/rpc/errors.h"

namespace whyalive::rpc {
namespace {

using Json = nlohmann::json;

constexpr int kMaxDepth = 256;  // of nested arrays and objects: copying JSON recurses

bool tooDeep(std::string_view text) {
  int depth = 0;
  bool inString = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString) {
      if (c == '\\') ++i;
      if (c == '"') inString = false;
    } else if (c == '"') {
      inString = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

std::unexpected<Malformed> malformed(std::optional<RequestId> id, int code, std::string message) {
  return std::unexpected<Malformed>(
      Malformed{std::move(id), ResponseError{code, std::move(message), nullptr}});
}

std::expected<Json, Malformed> parseJson(std::string_view body) {
  if (tooDeep(body)) return malformed({}, kParseError, "the message is nested too deeply");
  try {
    return Json::parse(body);
  } catch (const Json::exception& problem) {
    std::string text = problem.what();  // "[json.exception.parse_error.101] parse error at line …"
    if (auto at = text.find("] "); at != std::string::npos) text.erase(0, at + 2);
    return malformed({}, kParseError, "the message is not JSON: " + text);
  }
}

std::optional<RequestId> idOf(const Json& message) {
  auto id = message.find("id");
  if (id == message.end()) return std::nullopt;
  if (id->is_number_integer()) return RequestId(id->get<std::int64_t>());
  if (id->is_string()) return RequestId(id->get<std::string>());
  return std::nullopt;
}

std::expected<Message, Malformed> readResponse(Json& json, std::optional<RequestId> id) {
  if (!id && !json["id"].is_null()) {
    return malformed({}, kInvalidRequest, "id: type must be number or string");
  }
  auto error = json.find("error");
  if (error == json.end()) return Response{std::move(id), std::move(json["result"])};
  if (!error->is_object() || !error->contains("code") || !(*error)["code"].is_number_integer() ||
      !error->contains("message") || !(*error)["message"].is_string()) {
    return malformed({}, kInvalidRequest, "error: must have a number code and a string message");
  }
  ResponseError read{(*error)["code"].get<int>(), (*error)["message"].get<std::string>(), nullptr};
  if (error->contains("data")) read.data = std::move((*error)["data"]);
  return Response{std::move(id), std::unexpected(std::move(read))};
}

Json idJson(const RequestId& id) {
  return std::visit([](const auto& value) { return Json(value); }, id);
}

}  // namespace

std::expected<Message, Malformed> parseMessage(std::string_view body) {
  auto parsed = parseJson(body);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  Json& json = *parsed;
  if (json.is_array()) return malformed({}, kInvalidRequest, "batches are not supported");
  if (!json.is_object()) return malformed({}, kInvalidRequest, "a message must be an object");
  std::optional<RequestId> id = idOf(json);
  if (auto version = json.find("jsonrpc"); version == json.end() || *version != "2.0") {
    return malformed(std::move(id), kInvalidRequest, "jsonrpc: must be \"2.0\"");
  }
  auto method = json.find("method");
  if (method == json.end()) {
    if (json.contains("result") || json.contains("error")) {
      return readResponse(json, std::move(id));
    }
    return malformed(std::move(id), kInvalidRequest, "method: is missing");
  }
  if (!method->is_string()) {
    return malformed(std::move(id), kInvalidRequest,
                     std::string("method: type must be string, but is ") + method->type_name());
  }
  Json params;
  if (auto given = json.find("params"); given != json.end()) params = std::move(*given);
  if (!params.is_null() && !params.is_structured()) {
    return malformed(
        std::move(id), kInvalidRequest,
        std::string("params: type must be object or array, but is ") + params.type_name());
  }
  if (!json.contains("id")) return Notification{method->get<std::string>(), std::move(params)};
  if (!id) return malformed({}, kInvalidRequest, "id: type must be number or string");
  return Request{std::move(*id), method->get<std::string>(), std::move(params)};
}

std::string formatRequest(const RequestId& id, std::string_view method, const Json& params) {
  Json message{{"jsonrpc", "2.0"}, {"id", idJson(id)}, {"method", method}};
  if (!params.is_null()) message["params"] = params;
  return dump(message);
}

std::string formatNotification(std::string_view method, const Json& params) {
  Json message{{"jsonrpc", "2.0"}, {"method", method}};
  if (!params.is_null()) message["params"] = params;
  return dump(message);
}

std::string formatResult(const RequestId& id, const Json& result) {
  return dump(Json{{"jsonrpc", "2.0"}, {"id", idJson(id)}, {"result", result}});
}

std::string formatError(const std::optional<RequestId>& id, const ResponseError& error) {
  Json body{{"code", error.code}, {"message", error.message}};
  if (!error.data.is_null()) body["data"] = error.data;
  Json message{{"jsonrpc", "2.0"}, {"id", nullptr}, {"error", std::move(body)}};
  if (id) message["id"] = idJson(*id);
  return dump(message);
}

std::string toString(const RequestId& id) { return dump(idJson(id)); }

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace whyalive::rpc
