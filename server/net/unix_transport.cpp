#include "server/net/unix_transport.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "server/net/agent_socket.h"
#include "server/net/signal.h"
#include "server/net/thrown.h"

namespace whyalive::net {
namespace {

using Socket = asio::local::stream_protocol::socket;

using namespace std::chrono_literals;

constexpr std::size_t kMaxDescriptors = 4;  // in one message; nobody has reason to send more
// An agent that is only busy takes its waiting clients within milliseconds.
constexpr auto kCrowdedFor = 800ms;
constexpr auto kCrowdedAgain = 20ms;

std::unexpected<Error> lost(const std::string& why) {
  return fail(ErrorCode::Disconnected, "the connection is lost: " + why);
}

}  // namespace

UnixTransport::UnixTransport(Socket socket) : socket_(std::move(socket)) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket_.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0) {
    peerUser_ = peer.uid;
    peerProcess_ = peer.pid;
  }
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
}

namespace {

// At once or never, since it is local. Asio's connect would take "try again" for "under way", and
// find itself connected to nobody.
boost::system::error_code connectNow(Socket& socket,
                                     const asio::local::stream_protocol::endpoint& endpoint) {
  boost::system::error_code error;
  socket.open(endpoint.protocol(), error);
  if (!error) socket.non_blocking(true, error);
  if (!error && ::connect(socket.native_handle(), endpoint.data(),
                          static_cast<socklen_t>(endpoint.size())) != 0) {
    error.assign(errno, boost::system::system_category());
  }
  return error;
}

// Whether its queue of waiting clients is full.
bool isCrowded(const boost::system::error_code& error) {
  return error == asio::error::would_block || error == asio::error::try_again;
}

Error whyNotConnected(const boost::system::error_code& error, const std::string& path) {
  if (isCrowded(error)) {
    return {ErrorCode::ResourceExhausted, "too many clients wait for the agent at " + path,
            "try again when they are gone; `kill -CONT` lets a stopped process answer them"};
  }
  if (error == asio::error::connection_refused ||
      error == boost::system::errc::no_such_file_or_directory) {
    return {ErrorCode::NotFound, "nobody listens at " + path, {}};
  }
  if (error == boost::system::errc::too_many_files_open) {
    return thrownError(boost::system::system_error(error), "connecting");
  }
  return {ErrorCode::PermissionDenied, "cannot connect: " + error.message(), {}};
}

}  // namespace

Awaitable<Result<std::unique_ptr<UnixTransport>>> UnixTransport::connect(std::string path) {
  const SocketPath reachable(path);
  asio::local::stream_protocol::endpoint endpoint;
  try {
    endpoint.path(reachable.text());
  } catch (const boost::system::system_error&) {
    co_return fail(ErrorCode::InvalidArgument, "the socket's path is too long: " + path,
                   "name a shorter folder by WHYALIVE_RUNTIME_DIR");
  }
  const auto executor = co_await asio::this_coro::executor;
  for (auto waited = 0ms;; waited += kCrowdedAgain) {
    Socket socket(executor);
    const boost::system::error_code error = connectNow(socket, endpoint);
    if (!error) co_return std::make_unique<UnixTransport>(std::move(socket));
    if (!isCrowded(error) || waited >= kCrowdedFor) {
      co_return std::unexpected(whyNotConnected(error, path));
    }
    co_await sleepFor(kCrowdedAgain);
  }
}

Awaitable<Result<std::string>> UnixTransport::read() {
  for (;;) {
    boost::system::error_code error;
    co_await socket_.async_wait(Socket::wait_read,
                                asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return lost(error.message());
    Result<std::string> bytes = receive();
    if (!bytes || !bytes->empty()) co_return bytes;
  }
}

// Empty: nothing there yet after all.
Result<std::string> UnixTransport::receive() {
  std::string bytes(64 * 1024, '\0');
  iovec part{bytes.data(), bytes.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxDescriptors * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t count = recvmsg(socket_.native_handle(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (count < 0) {
    if (errno == EAGAIN || errno == EINTR) return std::string();
    return lost(std::strerror(errno));
  }
  for (cmsghdr* one = CMSG_FIRSTHDR(&message); one; one = CMSG_NXTHDR(&message, one)) {
    if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_RIGHTS) continue;
    std::size_t found = (one->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < found; ++i) {
      int number = -1;
      std::memcpy(&number, CMSG_DATA(one) + i * sizeof(int), sizeof number);
      received_.emplace_back(number);
    }
  }
  while (received_.size() > kMaxDescriptors) received_.erase(received_.begin());
  if (count == 0) return lost("the other side closed it");
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

Awaitable<Result<void>> UnixTransport::write(std::string bytes) {
  boost::system::error_code error;
  co_await asio::async_write(socket_, asio::buffer(bytes),
                             asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return lost(error.message());
  co_return Result<void>();
}

void UnixTransport::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

Descriptor UnixTransport::takeDescriptor() {
  if (received_.empty()) return {};
  Descriptor newest = std::move(received_.back());
  received_.clear();
  return newest;
}

}  // namespace whyalive::net
