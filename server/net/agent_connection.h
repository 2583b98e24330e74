// AgentConnection: the private conversation with the agent inside one target process.
//
// The agent is not trusted: whoever serves the socket must be the process and the user we meant,
// replies are checked field by field, and the snapshot's memory is made safe before anyone reads it
// (take_snapshot.h). One executor; owned by shared_ptr.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/agent/messages.h"
#include "protocol/base/result.h"
#include "server/net/awaitable.h"
#include "server/net/cancellation.h"
#include "server/net/take_snapshot.h"

namespace whyalive::net {

struct LiveCounts;
class Peer;
class UnixTransport;

class AgentConnection : public std::enable_shared_from_this<AgentConnection> {
 public:
  using Progress = std::function<void(std::string_view step, double fraction)>;

  // Connects and says hello. Each way to fail has its own sentence: no such process, another
  // user's, not a Python, no agent in it, agent of another version, agent that does not answer.
  // That one takes long, so `progress` is told within a second that nobody has answered yet.
  static Awaitable<Result<std::shared_ptr<AgentConnection>>> open(
      pid_t pid, std::string folder, Progress progress = nullptr,
      std::shared_ptr<Cancellation> call = nullptr);

  const AgentInfo& info() const { return info_; }

  // One at a time. `progress` is called on the executor.
  Awaitable<Result<TakenSnapshot>> snapshot(SnapshotOptions options, Progress progress,
                                            std::shared_ptr<Cancellation> call);
  // How its allocators and its collector stand; beside a snapshot, one at a time.
  Awaitable<Result<agent::wire::MemoryResult>> memory(std::shared_ptr<Cancellation> call);
  // Runs code in the process itself.
  Awaitable<Result<agent::wire::ExecuteResult>> execute(agent::wire::ExecuteParams params);
  // Of the `limit` types with most bytes; takes as long as the process lets nobody have its GIL.
  Awaitable<Result<LiveCounts>> counts(std::uint32_t limit, std::shared_ptr<Cancellation> call);
  // The agent's thread ends; the target runs on without it.
  Awaitable<Result<void>> stop();

  // Called once, when the target or the agent goes away by itself.
  void onLost(std::function<void(const Error&)> hook) { lost_ = std::move(hook); }
  void close();

 private:
  AgentConnection(pid_t pid, std::string folder, std::shared_ptr<Peer> peer,
                  UnixTransport* transport);
  static Awaitable<void> serve(std::shared_ptr<AgentConnection> self);
  Awaitable<Result<void>> hello(Progress progress, std::shared_ptr<Cancellation> call);
  void take(const agent::wire::Piece& piece);
  Awaitable<Error> explain(Error error) const;

  const pid_t pid_;
  const std::string folder_;
  std::shared_ptr<Peer> peer_;
  UnixTransport* transport_;  // owned by peer_
  AgentInfo info_;
  Progress progress_;
  bool heard_ = false;               // anything of the snapshot that is being taken
  std::vector<std::byte> streamed_;  // pieces of the snapshot that is being taken
  std::function<void(const Error&)> lost_;
};

}  // namespace whyalive::net
