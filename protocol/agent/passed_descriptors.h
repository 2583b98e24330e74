// Descriptors that travel with a message over a Unix socket (SCM_RIGHTS). Allocates nothing, for
// the frozen copy of a process sends them, too.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstring>
#include <span>

namespace whyalive::agent::wire {

// Must live until the message is sent.
template <std::size_t Most>
class PassedDescriptors {
 public:
  // At most `Most`; none leaves the message as it is.
  void attach(msghdr& message, std::span<const int> descriptors) {
    if (descriptors.empty()) return;
    message.msg_control = control_;
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
  }

 private:
  alignas(cmsghdr) char control_[CMSG_SPACE(Most * sizeof(int))] = {};
};

}  // namespace whyalive::agent::wire
