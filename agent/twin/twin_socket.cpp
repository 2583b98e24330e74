#include "agent/twin/twin_socket.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/twin/digits.h"
#include "protocol/agent/passed_descriptors.h"

namespace whyalive::agent {
namespace {

bool addressOf(const char* folder, sockaddr_un& address) {
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  const std::size_t length = strlen(folder);
  if (length + 24 > sizeof address.sun_path) return false;
  memcpy(address.sun_path, folder, length);
  char* at = address.sun_path + length;
  *at++ = '/';
  appendNumber(at, static_cast<unsigned>(getpid()));
  memcpy(at, ".twin", 6);
  return true;
}

bool isOwnUser(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         (peer.uid == geteuid() || peer.uid == 0);
}

}  // namespace

int listenAsTwin(const char* folder) {
  sockaddr_un address;
  if (!addressOf(folder, address)) return -1;
  const int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  unlink(address.sun_path);  // left by an earlier process of this number
  const mode_t before = umask(0177);
  const bool bound = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  umask(before);
  if (bound && listen(fd, 8) == 0) return fd;
  close(fd);
  return -1;
}

void removeTwinSocket(const char* folder) {
  sockaddr_un address;
  if (addressOf(folder, address)) unlink(address.sun_path);
}

int acceptOwnUser(int listener) {
  const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0 || isOwnUser(fd)) return fd;
  close(fd);
  return -1;
}

void sendEvent(int client, const wire::TwinEvent& event, int descriptor) {
  iovec part{const_cast<wire::TwinEvent*>(&event), sizeof event};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  wire::PassedDescriptors<1> passed;
  if (descriptor >= 0) passed.attach(message, std::span(&descriptor, 1));
  // A client that does not read its events misses some.
  [[maybe_unused]] const ssize_t sent = sendmsg(client, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int receiveRequest(int client, wire::TwinRequest& request, int descriptors[2]) {
  iovec part{&request, sizeof request};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = {};
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = recvmsg(client, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
  for (cmsghdr* one = CMSG_FIRSTHDR(&message); one; one = CMSG_NXTHDR(&message, one)) {
    if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (one->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(descriptors, CMSG_DATA(one), (count < 2 ? count : 2) * sizeof(int));
  }
  return got == static_cast<ssize_t>(sizeof request) ? 1 : -1;
}

}  // namespace whyalive::agent
