#include "server/net/descriptor_io.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace whyalive::net {
namespace {

// A pipe that poll() calls writable takes this much without blocking (PIPE_BUF).
constexpr std::size_t kPortion = 4096;

std::unexpected<Error> lost(const char* doing) {
  return fail(ErrorCode::Disconnected, std::string(doing) + ": " + std::strerror(errno));
}

Result<void> waitFor(int descriptor, short events, const Wake& wake) {
  std::array<pollfd, 2> set{pollfd{descriptor, events, 0}, pollfd{wake.number(), POLLIN, 0}};
  while (poll(set.data(), set.size(), -1) < 0) {
    if (errno != EINTR) return lost("waiting for the other side");
  }
  if (set[1].revents != 0) return fail(ErrorCode::Disconnected, "closed by us");
  return {};
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) ::close(number_);
}

Wake::Wake() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Wake::raise() {
  std::uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(event_.number(), &one, sizeof one);
}

Result<std::string> readSome(int descriptor, const Wake& wake) {
  std::string bytes(64 * 1024, '\0');
  for (;;) {
    if (auto ready = waitFor(descriptor, POLLIN, wake); !ready) {
      return std::unexpected(ready.error());
    }
    ssize_t count = ::read(descriptor, bytes.data(), bytes.size());
    if (count > 0) {
      bytes.resize(static_cast<std::size_t>(count));
      return bytes;
    }
    if (count == 0) return fail(ErrorCode::Disconnected, "the other side closed the stream");
    if (errno != EINTR && errno != EAGAIN) return lost("reading");
  }
}

Result<void> writeAll(int descriptor, std::string_view bytes, const Wake& wake) {
  while (!bytes.empty()) {
    if (auto ready = waitFor(descriptor, POLLOUT, wake); !ready) return ready;
    std::size_t portion = std::min(bytes.size(), kPortion);
    ssize_t count = ::send(descriptor, bytes.data(), portion, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno == ENOTSOCK) count = ::write(descriptor, bytes.data(), portion);
    if (count < 0 && errno != EINTR && errno != EAGAIN) return lost("writing");
    if (count > 0) bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace whyalive::net
