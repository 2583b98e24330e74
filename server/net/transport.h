// Transport: bytes in, bytes out, over whatever joins two peers. Lives on one executor.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "protocol/base/result.h"
#include "server/net/awaitable.h"

namespace whyalive::net {

class Transport {
 public:
  virtual ~Transport() = default;

  // At least one byte. The end of the stream is an error (Disconnected), never an empty success.
  // One call at a time.
  virtual Awaitable<Result<std::string>> read() = 0;
  // All of the bytes, or an error. One call at a time.
  virtual Awaitable<Result<void>> write(std::string bytes) = 0;
  // Ends both directions: calls in flight return an error.
  virtual void close() = 0;
};

// Two ends joined in memory, for tests and for a session without processes.
std::pair<std::unique_ptr<Transport>, std::unique_ptr<Transport>> joinedTransports(
    asio::any_io_executor executor);

}  // namespace whyalive::net
