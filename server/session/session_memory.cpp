// whyalive/memory: the account of a process's memory, with the objects of its newest snapshot.
#include <algorithm>
#include <utility>

#include "server/heap/analysis.h"
#include "server/net/agent_connection.h"
#include "server/session/memory_account.h"
#include "server/session/session.h"

namespace whyalive::session {

Session::Task<api::MemoryResult> Session::memory(api::MemoryParams params, LongCall call) {
  auto self = shared_from_this();
  if (!params.pid && !target_) {
    co_return fail(ErrorCode::NotFound, "no process is attached",
                   "attach to one first (whyalive/attach)");
  }
  const std::int64_t pid = params.pid.value_or(target_ ? target_->pid : 0);
  if (!std::in_range<pid_t>(pid) || pid <= 0) {
    co_return fail(ErrorCode::InvalidArgument, "params.pid: is no process number");
  }
  std::shared_ptr<net::AgentConnection> connection;
  if (target_ && target_->pid == pid) connection = target_->connection;
  const bool borrowed = connection != nullptr;
  if (!borrowed) {
    auto opened =
        co_await net::AgentConnection::open(static_cast<pid_t>(pid), surroundings_.runtimeFolder);
    if (opened) connection = *opened;  // else /proc alone answers
  }
  std::optional<agent::wire::MemoryResult> said;
  if (connection) {
    auto answer = co_await connection->memory(call.cancellation);
    if (!borrowed) connection->close();
    if (!answer) co_return std::unexpected(answer.error());
    said = std::move(*answer);
  }
  SnapshotPtr newest;
  for (const SnapshotPtr& one : store_.all()) {
    if (one->pid == pid) newest = one;
  }
  auto account = [pid, said, newest]() -> Result<api::MemoryResult> {
    auto facts = readMemoryFacts(pid);
    if (!facts) return std::unexpected(facts.error());
    facts->agent = said;
    if (newest) {
      facts->objects = countObjects(newest->analysis->graph().snapshot());
      facts->objects->snapshot = newest->id;
      facts->objects->time = newest->timeMs;
    }
    return memoryAccount(*facts);
  };
  co_return co_await net::offload(surroundings_.pool, std::move(account));
}

}  // namespace whyalive::session
