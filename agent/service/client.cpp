#include "agent/service/client.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace whyalive::agent {
namespace {

constexpr rpc::FrameLimits kLimits{.header = 1024, .body = 64 * 1024};

}  // namespace

Client::Client(int fd) : fd_(fd), decoder_(kLimits) {}

Client::~Client() {
  for (const Outgoing& one : out_) {
    if (one.descriptor >= 0) close(one.descriptor);
  }
  close(fd_);
}

void Client::readSome() {
  char buffer[4096];
  for (;;) {
    const ssize_t n = recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n > 0) {
      decoder_.feed({buffer, static_cast<std::size_t>(n)});
      continue;
    }
    if (n < 0 && errno == EINTR) continue;
    if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) closed_ = true;
    return;
  }
}

std::optional<std::string> Client::next() {
  std::optional<Result<std::string>> body = decoder_.next();
  if (!body) return std::nullopt;
  if (*body) return std::move(**body);
  closed_ = true;
  return std::nullopt;
}

void Client::send(const std::string& body, int descriptor) {
  out_.push_back(
      {rpc::encodeFrame(body), 0, descriptor < 0 ? -1 : fcntl(descriptor, F_DUPFD_CLOEXEC, 0)});
  writeSome();
}

void Client::writeSome() {
  while (!out_.empty() && !closed_) {
    Outgoing& one = out_.front();
    iovec part{one.bytes.data() + one.sent, one.bytes.size() - one.sent};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    if (one.descriptor >= 0) {
      message.msg_control = control;
      message.msg_controllen = sizeof control;
      cmsghdr* header = CMSG_FIRSTHDR(&message);
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN(sizeof(int));
      std::memcpy(CMSG_DATA(header), &one.descriptor, sizeof(int));
    }
    const ssize_t n = sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) closed_ = true;
      return;
    }
    if (one.descriptor >= 0) close(one.descriptor);
    one.descriptor = -1;
    one.sent += static_cast<std::size_t>(n);
    if (one.sent == one.bytes.size()) out_.pop_front();
  }
}

bool isOurUser(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

}  // namespace whyalive::agent
