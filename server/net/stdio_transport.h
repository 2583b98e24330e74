// StdioTransport: the editor at the other end of stdin and stdout, whatever they are (pipe, socket,
// terminal, file). One thread blocks in reading, one in writing; both are joined on destruction.
// SIGPIPE must be ignored by the program.
#pragma once

#include <boost/asio/thread_pool.hpp>

#include "server/net/descriptor_io.h"
#include "server/net/transport.h"

namespace whyalive::net {

class StdioTransport : public Transport {
 public:
  StdioTransport(int in, int out) : in_(in), out_(out) {}
  ~StdioTransport() override;

  Awaitable<Result<std::string>> read() override;
  Awaitable<Result<void>> write(std::string bytes) override;
  void close() override;

 private:
  int in_, out_;  // not owned
  Wake wake_;
  asio::thread_pool reader_{1}, writer_{1};
};

}  // namespace whyalive::net
