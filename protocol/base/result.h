// Result and Error: how everything that can go wrong in use is reported.
//
// An Error is for people: `message` is one sentence that says what happened, `remedy` one that says
// what to do next (may be empty). `code` is for programs. Exceptions are for broken promises only
// and never cross a library's border. No thread rule: plain values.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace whyalive {

enum class ErrorCode {
  InvalidArgument,    // the caller's input is wrong
  NotFound,           // no such process, object, type, file …
  PermissionDenied,   // another user's process, a folder that is not ours …
  Unsupported,        // not a Python, an interpreter without an agent, another format version …
  Corrupt,            // bytes that do not follow their format
  Disconnected,       // the other side went away
  Cancelled,          // the caller asked to stop
  ResourceExhausted,  // memory, descriptors, disk
  Internal,           // a bug of ours
};

struct Error {
  ErrorCode code = ErrorCode::Internal;
  std::string message;
  std::string remedy;

  // "message; remedy" on one line, as the command line prints it.
  std::string text() const { return remedy.empty() ? message : message + "; " + remedy; }
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message, std::string remedy = {}) {
  return std::unexpected<Error>(Error{code, std::move(message), std::move(remedy)});
}

}  // namespace whyalive
