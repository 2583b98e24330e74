// Numbers and names of errors on the wire, and the way between Error and ResponseError.
//
// `data.kind` is the exact ErrorCode by name, `data.remedy` what to do next (absent when empty);
// `code` follows JSON-RPC and LSP, so that clients that know neither still show the right thing.
#pragma once

#include <string_view>

#include "protocol/base/result.h"

namespace whyalive::rpc {

struct ResponseError;

inline constexpr int kParseError = -32700;
inline constexpr int kInvalidRequest = -32600;
inline constexpr int kMethodNotFound = -32601;
inline constexpr int kInvalidParams = -32602;
inline constexpr int kInternalError = -32603;
inline constexpr int kServerNotInitialized = -32002;
inline constexpr int kRequestCancelled = -32800;
inline constexpr int kContentModified = -32801;
inline constexpr int kRequestFailed = -32803;

// "invalid-argument", "not-found" … An unknown name reads as Internal.
std::string_view toString(ErrorCode code);
ErrorCode errorCodeFrom(std::string_view name);

ResponseError toResponseError(const Error& error);
Error toError(const ResponseError& error);

}  // namespace whyalive::rpc
