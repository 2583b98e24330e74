// UnixTransport: a stream over a Unix socket that can also carry descriptors to us.
#pragma once

#include <sys/types.h>

#include <boost/asio/local/stream_protocol.hpp>
#include <memory>
#include <string>
#include <vector>

#include "server/net/descriptor.h"
#include "server/net/transport.h"

namespace whyalive::net {

class UnixTransport : public Transport {
 public:
  explicit UnixTransport(asio::local::stream_protocol::socket socket);

  // NotFound when nobody listens there; ResourceExhausted when its queue stays full for most of a
  // second. Not refused otherwise: see peerUser and peerProcess.
  static Awaitable<Result<std::unique_ptr<UnixTransport>>> connect(std::string path);

  uid_t peerUser() const { return peerUser_; }
  pid_t peerProcess() const { return peerProcess_; }  // 0: in a namespace we cannot see

  Awaitable<Result<std::string>> read() override;
  Awaitable<Result<void>> write(std::string bytes) override;
  void close() override;

  // The newest descriptor that arrived with the bytes read so far; older ones are closed.
  Descriptor takeDescriptor();

 private:
  Result<std::string> receive();

  asio::local::stream_protocol::socket socket_;
  uid_t peerUser_ = static_cast<uid_t>(-1);
  pid_t peerProcess_ = 0;
  std::vector<Descriptor> received_;
};

}  // namespace whyalive::net
