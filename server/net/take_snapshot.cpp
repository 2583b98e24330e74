#include "server/net/take_snapshot.h"

#include "protocol/agent/runtime_folder.h"
#include "server/net/agent_connection.h"
#include "server/net/execute_live.h"
#include "server/net/run_here.h"

namespace whyalive::net {
namespace {

// What the blocking call and its coroutine share; the coroutine owns it too.
struct Job {
  pid_t pid = 0;
  SnapshotOptions options;
  std::shared_ptr<Cancellation> call = std::make_shared<Cancellation>();
  std::string step = "connecting to the agent";
  double fraction = 0;
};

AgentConnection::Progress stepsOf(std::shared_ptr<Job> job) {
  return [job](std::string_view step, double fraction) {
    job->step = step;
    job->fraction = fraction;
  };
}

Awaitable<Result<std::shared_ptr<AgentConnection>>> connect(std::shared_ptr<Job> job) {
  auto progress = stepsOf(job);
  co_return co_await AgentConnection::open(job->pid, agent::runtimeFolder(), std::move(progress),
                                           job->call);
}

Awaitable<Result<AgentInfo>> greet(std::shared_ptr<Job> job) {
  auto connection = co_await connect(job);
  if (!connection) co_return std::unexpected(connection.error());
  AgentInfo info = (*connection)->info();
  (*connection)->close();
  co_return info;
}

Awaitable<Result<TakenSnapshot>> take(std::shared_ptr<Job> job) {
  auto connection = co_await connect(job);
  if (!connection) co_return std::unexpected(connection.error());
  auto progress = stepsOf(job);
  auto taken = co_await (*connection)->snapshot(job->options, std::move(progress), job->call);
  (*connection)->close();
  co_return taken;
}

Awaitable<Result<agent::wire::MemoryResult>> probe(std::shared_ptr<Job> job) {
  auto connection = co_await connect(job);
  if (!connection) co_return std::unexpected(connection.error());
  job->step = "asking the allocators";
  auto memory = co_await (*connection)->memory(job->call);
  (*connection)->close();
  co_return memory;
}

Awaitable<Result<agent::wire::ExecuteResult>> execute(std::shared_ptr<Job> job,
                                                      agent::wire::ExecuteParams params) {
  auto connection = co_await connect(job);
  if (!connection) co_return std::unexpected(connection.error());
  auto result = co_await (*connection)->execute(std::move(params));
  (*connection)->close();
  co_return result;
}

template <class T>
Result<T> await(Awaitable<Result<T>> work, const std::shared_ptr<Job>& job,
                const RunControl& control) {
  const auto keepGoing = [&] { return control.keepGoing(job->step, job->fraction); };
  return runHere(std::move(work), job->call, keepGoing, "the snapshot was cancelled");
}

std::shared_ptr<Job> jobFor(pid_t pid, const SnapshotOptions& options = {}) {
  auto job = std::make_shared<Job>();
  job->pid = pid;
  job->options = options;
  return job;
}

}  // namespace

Result<TakenSnapshot> takeSnapshot(pid_t pid, const SnapshotOptions& options,
                                   const RunControl& control) {
  auto job = jobFor(pid, options);
  return await(take(job), job, control);
}

Result<agent::wire::MemoryResult> askMemory(pid_t pid, const RunControl& control) {
  auto job = jobFor(pid);
  return await(probe(job), job, control);
}

Result<agent::wire::ExecuteResult> executeLive(pid_t pid, const agent::wire::ExecuteParams& params,
                                               const RunControl& control) {
  auto job = jobFor(pid);
  return await(execute(job, params), job, control);
}

Result<AgentInfo> askAgent(pid_t pid, const RunControl& control) {
  auto job = jobFor(pid);
  return await(greet(job), job, control);
}

}  // namespace whyalive::net
