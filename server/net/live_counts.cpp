#include "server/net/live_counts.h"

#include <algorithm>

#include "protocol/agent/runtime_folder.h"
#include "server/net/agent_connection.h"
#include "server/net/run_here.h"
#include "server/net/signal.h"

namespace whyalive::net {
namespace {

using namespace std::chrono_literals;

constexpr auto kNap = 50ms;  // how long a cancelled watch may sleep on

// What the blocking call and its coroutine share.
struct Watch {
  pid_t pid = 0;
  WatchOptions options;
  std::function<bool(const AgentInfo&, const LiveCounts&)> show;
  std::shared_ptr<Cancellation> call = std::make_shared<Cancellation>();
};

Error ended() { return {ErrorCode::Cancelled, "the watch was ended", ""}; }

Awaitable<Result<void>> watch(std::shared_ptr<Watch> job) {
  auto connection = co_await AgentConnection::open(job->pid, agent::runtimeFolder());
  if (!connection) co_return std::unexpected(connection.error());
  for (;;) {
    const auto start = std::chrono::steady_clock::now();
    auto counts = co_await (*connection)->counts(job->options.limit, job->call);
    if (!counts) co_return std::unexpected(counts.error());
    if (!job->show((*connection)->info(), *counts)) break;
    const auto apart = std::max<std::chrono::milliseconds>(
        job->options.interval, std::chrono::milliseconds(counts->nextMs));
    for (;;) {
      if (job->call->requested()) co_return std::unexpected(ended());
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(
          start + apart - std::chrono::steady_clock::now());
      if (left <= 0ms) break;
      co_await sleepFor(std::min<std::chrono::milliseconds>(left, kNap));
    }
  }
  (*connection)->close();
  co_return Result<void>();
}

}  // namespace

Result<void> watchCounts(pid_t pid, const WatchOptions& options,
                         const std::function<bool(const AgentInfo&, const LiveCounts&)>& show,
                         const std::function<bool()>& keepGoing) {
  auto job = std::make_shared<Watch>();
  job->pid = pid;
  job->options = options;
  job->show = show;
  return runHere(watch(job), job->call, keepGoing, ended().message);
}

}  // namespace whyalive::net
