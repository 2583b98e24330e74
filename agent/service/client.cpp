#include "agent/service/client.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "protocol/agent/messages.h"
#include "protocol/agent/passed_descriptors.h"
#include "protocol/base/base64.h"
#include "protocol/json/convert.h"
#include "protocol/rpc/message.h"

namespace whyalive::agent {
namespace {

constexpr rpc::FrameLimits kLimits{.header = 1024, .body = 64 * 1024};
constexpr std::uint64_t kPieceBytes = std::uint64_t{256} << 10;
// The process's memory and the service's time belong to the process: a client that floods or does
// not read is let go.
constexpr std::size_t kReadAtOnce = 64 * 1024;
constexpr std::size_t kMostUnread = std::size_t{4} << 20;

}  // namespace

Client::Client(int fd) : fd_(fd), decoder_(kLimits) {}

Client::~Client() {
  for (const Outgoing& one : out_) {
    if (one.descriptor >= 0) close(one.descriptor);
    if (one.file >= 0) close(one.file);
  }
  close(fd_);
}

namespace {

ucred otherEnd(int fd) {
  ucred peer{0, static_cast<uid_t>(-1), static_cast<gid_t>(-1)};
  socklen_t size = sizeof peer;
  getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
  return peer;
}

}  // namespace

pid_t Client::process() const { return otherEnd(fd_).pid; }
uid_t Client::user() const { return otherEnd(fd_).uid; }

void Client::readSome() {
  char buffer[4096];
  for (std::size_t budget = kReadAtOnce; budget > 0; budget -= sizeof buffer) {
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

void Client::stream(int file, std::uint64_t bytes) {
  Outgoing pieces;
  pieces.file = fcntl(file, F_DUPFD_CLOEXEC, 0);
  pieces.end = bytes;
  out_.push_back(std::move(pieces));
  writeSome();
}

// False when nothing is left, also when the file cannot be read: the client counts the bytes.
bool Client::refill(Outgoing& one) {
  std::string piece(std::min(one.end - one.next, kPieceBytes), '\0');
  const ssize_t n = one.file < 0 || piece.empty()
                        ? 0
                        : pread(one.file, piece.data(), piece.size(), static_cast<off_t>(one.next));
  if (n <= 0) return false;
  piece.resize(static_cast<std::size_t>(n));
  const wire::Piece note{one.next, toBase64(piece)};
  one.bytes = rpc::encodeFrame(rpc::formatNotification("agent/piece", json::write(note)));
  one.sent = 0;
  one.next += static_cast<std::uint64_t>(n);
  return true;
}

void Client::send(const std::string& body, int descriptor) {
  unread_ += body.size();
  if (unread_ > kMostUnread) {
    closed_ = true;
    return;
  }
  Outgoing one;
  one.bytes = rpc::encodeFrame(body);
  if (descriptor >= 0) one.descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  out_.push_back(std::move(one));
  writeSome();
}

void Client::writeSome() {
  while (!out_.empty() && !closed_) {
    Outgoing& one = out_.front();
    if (one.sent == one.bytes.size() && !refill(one)) {
      if (one.file >= 0) close(one.file);
      out_.pop_front();
      if (out_.empty()) unread_ = 0;
      continue;
    }
    iovec part{one.bytes.data() + one.sent, one.bytes.size() - one.sent};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    wire::PassedDescriptors<1> passed;
    if (one.descriptor >= 0) passed.attach(message, std::span(&one.descriptor, 1));
    const ssize_t n = sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) closed_ = true;
      return;
    }
    if (one.descriptor >= 0) close(one.descriptor);
    one.descriptor = -1;
    one.sent += static_cast<std::size_t>(n);
  }
}

bool isOurUser(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == geteuid() || peer.uid == 0);
}

}  // namespace whyalive::agent
