// Framing of the base protocol: "Content-Length: N\r\n\r\n" and N bytes of body.
//
// A pure push parser: it never reads, never blocks and knows nothing of JSON. Feed it bytes in any
// portions, then take bodies out until it wants more. Nothing in a stream makes it fail for good:
// after a frame that breaks the rules it reports one error and finds the next header by itself, so
// that a session can answer and go on. An owner who trusts nobody (the agent) hangs up instead.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/result.h"

namespace whyalive::rpc {

struct FrameLimits {
  std::size_t header = 8 * 1024;        // bytes of one header block
  std::size_t body = 64 * 1024 * 1024;  // bytes of one body
};

class FrameDecoder {
 public:
  explicit FrameDecoder(FrameLimits limits = {}) : limits_(limits) {}

  void feed(std::string_view bytes);

  // The next body, or what was wrong with it; nothing when more bytes are needed.
  // Call until it returns nothing.
  std::optional<Result<std::string>> next();

  // What the end of the stream means here: fine between two frames, an error within one.
  Result<void> finish() const;

 private:
  enum class State { Header, Body, Skip, Lost };

  std::optional<Result<std::string>> readHeader();
  std::optional<Result<std::string>> readBody();
  std::optional<Result<std::string>> lose(std::string message);
  bool skip();
  bool find();
  std::string_view pending() const { return std::string_view(buffer_).substr(start_); }
  void consume(std::size_t count) { start_ += count; }

  FrameLimits limits_;
  State state_ = State::Header;
  std::string buffer_;
  std::size_t start_ = 0;    // first byte of buffer_ that is not consumed
  std::size_t scanned_ = 0;  // bytes after start_ already searched for the end of the header
  std::size_t length_ = 0;   // bytes of the body still to come
};

std::string encodeFrame(std::string_view body);

}  // namespace whyalive::rpc
