#include "agent/evaluate/stream.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace whyalive::agent {
namespace {

constexpr std::size_t kHeadBytes = 5;

bool sendAll(int stream, const char* bytes, std::size_t length) {
  while (length > 0) {
    const ssize_t n = send(stream, bytes, length, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes += n;
    length -= static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace

bool receiveBody(int stream, char* body, std::size_t length) {
  while (length > 0) {
    const ssize_t n = recv(stream, body, length, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    body += n;
    length -= static_cast<std::size_t>(n);
  }
  return true;
}

bool sendFrame(int stream, char kind, const char* body, std::size_t length) {
  char head[kHeadBytes];
  const auto size = static_cast<std::uint32_t>(length);
  std::memcpy(head, &size, sizeof size);
  head[4] = kind;
  return sendAll(stream, head, sizeof head) && sendAll(stream, body, length);
}

bool receiveHead(int stream, FrameHead& head) {
  char bytes[kHeadBytes];
  if (!receiveBody(stream, bytes, sizeof bytes)) return false;
  std::memcpy(&head.length, bytes, sizeof head.length);
  head.kind = bytes[4];
  return true;
}

}  // namespace whyalive::agent
