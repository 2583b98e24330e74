#include "protocol/rpc/errors.h"

#include <array>
#include <utility>

#include "protocol/rpc/message.h"

namespace whyalive::rpc {
namespace {

struct Row {
  ErrorCode code;
  std::string_view name;
  int number;
};

constexpr std::array<Row, 9> kRows{{
    {ErrorCode::InvalidArgument, "invalid-argument", kInvalidParams},
    {ErrorCode::NotFound, "not-found", kRequestFailed},
    {ErrorCode::PermissionDenied, "permission-denied", kRequestFailed},
    {ErrorCode::Unsupported, "unsupported", kRequestFailed},
    {ErrorCode::Corrupt, "corrupt", kRequestFailed},
    {ErrorCode::Disconnected, "disconnected", kRequestFailed},
    {ErrorCode::Cancelled, "cancelled", kRequestCancelled},
    {ErrorCode::ResourceExhausted, "resource-exhausted", kRequestFailed},
    {ErrorCode::Internal, "internal", kInternalError},
}};

const Row& rowOf(ErrorCode code) {
  for (const Row& row : kRows) {
    if (row.code == code) return row;
  }
  return kRows.back();
}

// A peer that sends no `data.kind` still tells something by its number.
ErrorCode codeOfNumber(int number) {
  switch (number) {
    case kInvalidParams:
    case kInvalidRequest:
    case kParseError: return ErrorCode::InvalidArgument;
    case kMethodNotFound: return ErrorCode::Unsupported;
    case kRequestCancelled: return ErrorCode::Cancelled;
    default: return ErrorCode::Internal;
  }
}

}  // namespace

std::string_view toString(ErrorCode code) { return rowOf(code).name; }

ErrorCode errorCodeFrom(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.code;
  }
  return ErrorCode::Internal;
}

ResponseError toResponseError(const Error& error) {
  const Row& row = rowOf(error.code);
  nlohmann::json data{{"kind", row.name}};
  if (!error.remedy.empty()) data["remedy"] = error.remedy;
  return ResponseError{row.number, error.message, std::move(data)};
}

Error toError(const ResponseError& error) {
  Error result{codeOfNumber(error.code), error.message, {}};
  if (!error.data.is_object()) return result;
  if (auto kind = error.data.find("kind"); kind != error.data.end() && kind->is_string()) {
    result.code = errorCodeFrom(kind->get_ref<const std::string&>());
  }
  if (auto remedy = error.data.find("remedy"); remedy != error.data.end() && remedy->is_string()) {
    result.remedy = remedy->get<std::string>();
  }
  return result;
}

}  // namespace whyalive::rpc
