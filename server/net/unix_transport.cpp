#include "server/net/unix_transport.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <cstring>

#include "server/net/agent_socket.h"
#include "server/net/thrown.h"

namespace whyalive::net {
namespace {

using Socket = asio::local::stream_protocol::socket;

constexpr std::size_t kMaxDescriptors = 4;  // in one message; nobody has reason to send more

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

Result<std::unique_ptr<UnixTransport>> UnixTransport::connect(asio::any_io_executor executor,
                                                              const std::string& path) {
  const SocketPath reachable(path);
  asio::local::stream_protocol::endpoint endpoint;
  try {
    endpoint.path(reachable.text());
  } catch (const boost::system::system_error&) {
    return fail(ErrorCode::InvalidArgument, "the socket's path is too long: " + path,
                "name a shorter folder by WHYALIVE_RUNTIME_DIR");
  }
  Socket socket(executor);
  boost::system::error_code error;
  socket.open(endpoint.protocol(), error);
  if (!error) socket.non_blocking(true, error);
  // At once or never, since it is local. Asio's connect would take "try again" for "under way", and
  // find itself connected to nobody.
  if (!error && ::connect(socket.native_handle(), endpoint.data(),
                          static_cast<socklen_t>(endpoint.size())) != 0) {
    error.assign(errno, boost::system::system_category());
  }
  if (error == asio::error::would_block || error == asio::error::try_again) {
    return fail(ErrorCode::ResourceExhausted, "too many clients wait for the agent at " + path,
                "try again when they are gone; `kill -CONT` lets a stopped process answer them");
  }
  if (error == asio::error::connection_refused ||
      error == boost::system::errc::no_such_file_or_directory) {
    return fail(ErrorCode::NotFound, "nobody listens at " + path);
  }
  if (error == boost::system::errc::too_many_files_open) {
    return std::unexpected(thrownError(boost::system::system_error(error), "connecting"));
  }
  if (error) return fail(ErrorCode::PermissionDenied, "cannot connect: " + error.message());
  return std::make_unique<UnixTransport>(std::move(socket));
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
