#include "server/net/stdio_transport.h"

namespace whyalive::net {

StdioTransport::~StdioTransport() {
  close();
  reader_.join();
  writer_.join();
}

Awaitable<Result<std::string>> StdioTransport::read() {
  return offload(reader_.get_executor(), [this] { return readSome(in_, wake_); });
}

Awaitable<Result<void>> StdioTransport::write(std::string bytes) {
  return offload(writer_.get_executor(),
                 [this, bytes = std::move(bytes)] { return writeAll(out_, bytes, wake_); });
}

void StdioTransport::close() { wake_.raise(); }

}  // namespace whyalive::net
