// TwinConnection: the conversation with the frozen copy that stayed after a snapshot
// (protocol/agent/twin_messages.h). It keeps the copy alive: the copy ends with its last client.
//
// The copy is not trusted: whoever serves the socket must be of this user, sizes are checked, and
// the snapshot's memory is made safe before anyone reads it. Blocking calls; one thread at a time.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "protocol/agent/twin_messages.h"
#include "protocol/base/result.h"
#include "server/net/descriptor.h"
#include "server/net/take_snapshot.h"

namespace whyalive::net {

// What a copy said when it ended, or that it said nothing.
Error whyCopyEnded(agent::wire::TwinEnd reason, std::uint32_t idleSeconds);

class TwinConnection {
 public:
  // NotFound when no copy listens there.
  static Result<std::unique_ptr<TwinConnection>> open(const std::string& path);

  const agent::wire::TwinEvent& welcome() const { return welcome_; }
  // The snapshot that the copy was taken with. Once.
  Result<SnapshotBytes> takeSnapshot();

  // Readable when the copy has something to say, or has ended.
  int descriptor() const { return socket_.number(); }
  // What it has said; nothing when there is nothing. Disconnected: it has ended, and why.
  Result<std::optional<agent::wire::TwinEvent>> next();

  Result<void> send(const agent::wire::TwinRequest& request, std::span<const int> descriptors = {});
  // Asks for the state of the copy and waits for it; other events meanwhile are lost.
  Result<agent::wire::TwinEvent> status();

 private:
  explicit TwinConnection(Descriptor socket) : socket_(std::move(socket)) {}
  Result<void> greet();
  Result<agent::wire::TwinEvent> wait(std::chrono::milliseconds most);

  Descriptor socket_;
  Descriptor memory_;
  agent::wire::TwinEvent welcome_;
};

}  // namespace whyalive::net
