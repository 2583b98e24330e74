#include <deque>

#include "server/net/signal.h"
#include "server/net/transport.h"

namespace whyalive::net {
namespace {

struct Pipe {
  explicit Pipe(asio::any_io_executor executor) : changed(executor) {}
  std::string bytes;
  bool closed = false;
  Signal changed;
};

class MemoryTransport : public Transport {
 public:
  MemoryTransport(std::shared_ptr<Pipe> in, std::shared_ptr<Pipe> out)
      : in_(std::move(in)), out_(std::move(out)) {}
  ~MemoryTransport() override { close(); }

  Awaitable<Result<std::string>> read() override {
    std::shared_ptr<Pipe> in = in_;  // this may go while we wait
    while (in->bytes.empty() && !in->closed) co_await in->changed.wait();
    if (in->bytes.empty()) co_return fail(ErrorCode::Disconnected, "the other end closed");
    co_return std::exchange(in->bytes, {});
  }

  Awaitable<Result<void>> write(std::string bytes) override {
    if (out_->closed) co_return fail(ErrorCode::Disconnected, "the other end closed");
    out_->bytes += bytes;
    out_->changed.raise();
    co_return Result<void>();
  }

  void close() override {
    for (const auto& pipe : {in_, out_}) {
      pipe->closed = true;
      pipe->changed.raise();
    }
  }

 private:
  std::shared_ptr<Pipe> in_, out_;
};

}  // namespace

std::pair<std::unique_ptr<Transport>, std::unique_ptr<Transport>> joinedTransports(
    asio::any_io_executor executor) {
  auto there = std::make_shared<Pipe>(executor);
  auto back = std::make_shared<Pipe>(executor);
  return {std::make_unique<MemoryTransport>(back, there),
          std::make_unique<MemoryTransport>(there, back)};
}

}  // namespace whyalive::net
