#include "server/net/twin_connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "protocol/agent/passed_descriptors.h"
#include "server/net/agent_socket.h"

namespace whyalive::net {
namespace {

using namespace std::chrono_literals;
namespace wire = agent::wire;

constexpr auto kGreetingTime = 5s;
constexpr auto kStatusTime = 5s;

Error gone() {
  return {ErrorCode::Disconnected, "the frozen copy of the process has ended",
          "take a new snapshot"};
}

}  // namespace

Error whyCopyEnded(wire::TwinEnd reason, std::uint32_t idleSeconds) {
  Error error = gone();
  switch (reason) {
    case wire::TwinEnd::Idle:
      error.message += ": nobody asked it for " +
                       (idleSeconds % 60 == 0 ? std::to_string(idleSeconds / 60) + " minutes"
                                              : std::to_string(idleSeconds) + " seconds");
      break;
    case wire::TwinEnd::Memory: error.message += ": it took more memory than it may"; break;
    case wire::TwinEnd::Target: error.message += " together with the process"; break;
    case wire::TwinEnd::Asked: error.message += ": somebody asked it to"; break;
    default: break;
  }
  return error;
}

Result<std::unique_ptr<TwinConnection>> TwinConnection::open(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const SocketPath reachable(path);
  if (reachable.text().size() >= sizeof address.sun_path) {
    return fail(ErrorCode::InvalidArgument, "the socket's path is too long: " + path,
                "name a shorter folder by WHYALIVE_RUNTIME_DIR");
  }
  std::memcpy(address.sun_path, reachable.text().c_str(), reachable.text().size() + 1);
  Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  if (!socket) return fail(ErrorCode::ResourceExhausted, "there are no descriptors left");
  if (connect(socket.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return fail(ErrorCode::NotFound, "there is no frozen copy at " + path, "take a new snapshot");
  }
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(socket.number(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
      (peer.uid != geteuid() && geteuid() != 0)) {
    return fail(ErrorCode::PermissionDenied, path + " is served by another user", "remove " + path);
  }
  std::unique_ptr<TwinConnection> twin(new TwinConnection(std::move(socket)));
  if (auto greeted = twin->greet(); !greeted) return std::unexpected(greeted.error());
  return twin;
}

Result<void> TwinConnection::greet() {
  auto first = wait(kGreetingTime);
  if (!first) return std::unexpected(first.error());
  if (first->kind != wire::TwinEventKind::Welcome) {
    return fail(ErrorCode::Corrupt, "the frozen copy does not greet as one");
  }
  welcome_ = *first;
  return {};
}

Result<SnapshotBytes> TwinConnection::takeSnapshot() {
  if (!memory_) return fail(ErrorCode::NotFound, "the frozen copy has no snapshot any more");
  return SnapshotBytes::fromDescriptor(memory_.release(), welcome_.snapshotBytes);
}

Result<std::optional<wire::TwinEvent>> TwinConnection::next() {
  wire::TwinEvent event;
  iovec part{&event, sizeof event};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t got = recvmsg(socket_.number(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  if (got <= 0) return std::unexpected(gone());
  for (cmsghdr* one = CMSG_FIRSTHDR(&message); one; one = CMSG_NXTHDR(&message, one)) {
    if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_RIGHTS) continue;
    int number = -1;
    std::memcpy(&number, CMSG_DATA(one), sizeof number);
    memory_ = Descriptor(number);
  }
  if (got != static_cast<ssize_t>(sizeof event) || event.protocol != wire::kTwinProtocol) {
    return fail(ErrorCode::Unsupported, "the frozen copy was made by an agent of another version",
                "restart the process with the agent of this version");
  }
  if (event.kind == wire::TwinEventKind::Goodbye) {
    return std::unexpected(whyCopyEnded(event.reason, event.idleSeconds));
  }
  return event;
}

Result<wire::TwinEvent> TwinConnection::wait(std::chrono::milliseconds most) {
  const auto end = std::chrono::steady_clock::now() + most;
  for (;;) {
    auto event = next();
    if (!event) return std::unexpected(event.error());
    if (*event) return **event;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return fail(ErrorCode::Disconnected, "the frozen copy does not answer",
                  "take a new snapshot");
    }
    pollfd one{socket_.number(), POLLIN, 0};
    poll(&one, 1, static_cast<int>(left.count()));
  }
}

Result<void> TwinConnection::send(const wire::TwinRequest& request,
                                  std::span<const int> descriptors) {
  wire::TwinRequest copy = request;
  iovec part{&copy, sizeof copy};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  wire::PassedDescriptors<2> passed;
  passed.attach(message, descriptors);
  if (sendmsg(socket_.number(), &message, MSG_NOSIGNAL) < 0) return std::unexpected(gone());
  return {};
}

Result<wire::TwinEvent> TwinConnection::status() {
  wire::TwinRequest request;
  request.kind = wire::TwinRequestKind::Status;
  if (auto sent = send(request); !sent) return std::unexpected(sent.error());
  for (;;) {
    auto event = wait(kStatusTime);
    if (!event || event->kind == wire::TwinEventKind::Status) return event;
  }
}

}  // namespace whyalive::net
