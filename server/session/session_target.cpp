// The processes of a session: listing, starting, joining and leaving them, and telling the editor.
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "server/net/agent_connection.h"
#include "server/net/live_counts.h"
#include "server/net/proc_files.h"
#include "server/net/process_facts.h"
#include "server/net/typed.h"
#include "server/session/launch.h"
#include "server/session/load_agent.h"
#include "server/session/process_root.h"
#include "server/session/processes.h"
#include "server/session/session.h"
#include "server/session/spawn.h"

namespace whyalive::session {
namespace {

using namespace std::chrono_literals;
namespace asio = net::asio;

constexpr auto kRetryAgent = 25ms;
constexpr auto kAgentMustAnswer = 60s;  // a large program imports for long before it is ready

api::AgentState onWire(AgentState state) {
  switch (state) {
    case AgentState::Loaded: return api::AgentState::Loaded;
    case AgentState::Absent: return api::AgentState::Absent;
    case AgentState::Unsupported: return api::AgentState::Unsupported;
    case AgentState::Foreign: return api::AgentState::Foreign;
    case AgentState::Copy: return api::AgentState::Copy;
  }
  return api::AgentState::Absent;
}

api::ProcessesResult listProcesses(const std::string& runtimeFolder) {
  ProcessListOptions options;
  options.runtimeFolder = runtimeFolder;
  api::ProcessesResult result;
  for (PythonProcess& one : listPythonProcesses(options)) {
    result.processes.push_back({one.pid, one.parentPid, commandLine(one.command),
                                std::move(one.version), one.rss, std::move(one.user),
                                onWire(one.agent), std::move(one.note)});
  }
  return result;
}

Result<SpawnOptions> planLaunch(const api::LaunchParams& params) {
  auto folder = agentPackageFolder();
  if (!folder) return std::unexpected(folder.error());
  auto command = launchCommand(params.command, params.python.value_or(""));
  if (!command) return std::unexpected(command.error());
  const char* own = std::getenv("PYTHONPATH");
  auto given = params.env.find("PYTHONPATH");
  std::string inherited = given != params.env.end() ? given->second : own ? own : "";
  SpawnOptions options{std::move(*command), params.cwd.value_or(""), {}};
  options.environment.assign(params.env.begin(), params.env.end());
  for (auto& change : launchEnvironment(*folder, inherited)) {
    options.environment.push_back(std::move(change));
  }
  return options;
}

// What a launched program came to, known once it has ended.
struct Child {
  std::optional<std::string> outcome;
};

net::Awaitable<void> watch(pid_t pid, net::Descriptor ended, std::shared_ptr<Child> child) {
  asio::posix::stream_descriptor descriptor(co_await asio::this_coro::executor, ended.release());
  boost::system::error_code ignored;
  co_await descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                 asio::redirect_error(asio::use_awaitable, ignored));
  child->outcome = reap(pid);
}

std::uint64_t rssOf(pid_t pid) {
  auto status = net::readProcFile("/proc/" + std::to_string(pid) + "/status");
  return status ? net::parseRss(*status) : 0;
}

}  // namespace

Session::Task<api::ProcessesResult> Session::processes(json::Empty, LongCall) {
  auto self = shared_from_this();
  std::string folder = surroundings_.runtimeFolder;
  auto list = [folder]() -> Result<api::ProcessesResult> { return listProcesses(folder); };
  co_return co_await net::offload(surroundings_.pool, std::move(list));
}

Session::Task<api::LaunchResult> Session::launch(api::LaunchParams params, LongCall call) {
  auto self = shared_from_this();
  auto plan = planLaunch(params);
  if (!plan) co_return std::unexpected(plan.error());
  auto spawned = spawnProgram(*plan);
  if (!spawned) co_return std::unexpected(spawned.error());
  pid_t pid = spawned->pid;
  auto child = std::make_shared<Child>();
  asio::co_spawn(executor_, watch(pid, std::move(spawned->ended), child), asio::detached);
  auto progress = co_await begin(call, "Starting " + plan->command.front());
  auto giveUp = std::chrono::steady_clock::now() + kAgentMustAnswer;
  for (;;) {
    auto connection = co_await net::AgentConnection::open(pid, surroundings_.runtimeFolder);
    if (connection) {
      adopt(*connection);
      co_return api::LaunchResult{pid};
    }
    if (child->outcome) {
      co_return fail(ErrorCode::Disconnected,
                     "the program ended before its agent answered: " + *child->outcome,
                     "its output is in the server's log");
    }
    if (call.cancellation->requested()) {
      kill(pid, SIGTERM);
      co_return fail(ErrorCode::Cancelled, "the launch was cancelled");
    }
    bool retry = connection.error().code == ErrorCode::NotFound ||
                 connection.error().code == ErrorCode::Unsupported;  // not yet a Python
    if (!retry || std::chrono::steady_clock::now() > giveUp) {
      kill(pid, SIGTERM);  // a program that nobody sees must not run on
      co_return std::unexpected(connection.error());
    }
    co_await net::sleepFor(kRetryAgent);
  }
}

// What open() tells becomes a progress of this title, which ends with the hook.
net::AgentConnection::Progress Session::showWhenLate(LongCall call, std::string title) {
  auto self = shared_from_this();
  auto shown = std::make_shared<std::shared_ptr<WorkProgress>>();
  return [self, call, title, shown](std::string_view step, double) {
    asio::co_spawn(self->executor_, self->showLate(shown, call, title, std::string(step)),
                   asio::detached);
  };
}

net::Awaitable<void> Session::showLate(std::shared_ptr<std::shared_ptr<WorkProgress>> shown,
                                       LongCall call, std::string title, std::string step) {
  auto self = shared_from_this();
  *shown = co_await begin(call, std::move(title));
  (*shown)->report(step, 0);
}

// Joins the agent that is there; where there is none, and it is wanted, puts one in first.
Session::Task<std::shared_ptr<net::AgentConnection>> Session::join(pid_t pid, bool load,
                                                                   LongCall call) {
  auto self = shared_from_this();
  std::string folder = surroundings_.runtimeFolder;
  const std::string title = "Attaching to process " + std::to_string(pid);
  auto late = showWhenLate(call, title);
  auto connection =
      co_await net::AgentConnection::open(pid, folder, std::move(late), call.cancellation);
  if (connection || !load || connection.error().code != ErrorCode::NotFound) co_return connection;
  auto progress = co_await begin(call, title);
  RunControl control = progress->control(call.cancellation);
  auto work = [pid, folder, control] {
    return loadAgent(pid, folder, attach::Method::Automatic, control);
  };
  auto loaded = co_await net::offload(surroundings_.pool, std::move(work));
  progress->end();
  if (!loaded) co_return std::unexpected(loaded.error());
  co_return co_await net::AgentConnection::open(pid, folder);
}

Session::Task<api::AttachResult> Session::attach(api::AttachParams params, LongCall call) {
  auto self = shared_from_this();
  if (!std::in_range<pid_t>(params.pid) || params.pid <= 0) {
    co_return fail(ErrorCode::InvalidArgument, "params.pid: is no process number");
  }
  auto connection = co_await join(static_cast<pid_t>(params.pid), params.load, call);
  if (!connection) co_return std::unexpected(connection.error());
  adopt(*connection);
  const net::AgentInfo& info = (*connection)->info();
  co_return api::AttachResult{params.pid, info.python, info.executable, info.command,
                              info.agentVersion};
}

Session::Task<std::shared_ptr<net::AgentConnection>> Session::connected(
    std::optional<std::int64_t> pid, LongCall call) {
  auto self = shared_from_this();
  if (pid && (!target_ || target_->pid != *pid || !target_->connection)) {
    api::AttachParams whom{*pid};
    auto attached = co_await attach(whom, call);
    if (!attached) co_return std::unexpected(attached.error());
  }
  if (!target_ || !target_->connection) {
    co_return fail(ErrorCode::NotFound,
                   target_ ? "the attached process has ended" : "no process is attached",
                   "attach to one first (whyalive/attach)");
  }
  co_return target_->connection;
}

Session::Task<api::CountsResult> Session::counts(api::CountsParams params, LongCall call) {
  auto self = shared_from_this();
  auto connection = co_await connected(params.pid, call);
  if (!connection) co_return std::unexpected(connection.error());
  auto counts = co_await (*connection)->counts(params.limit, call.cancellation);
  if (!counts) co_return std::unexpected(counts.error());
  api::CountsResult result{(*connection)->info().pid,
                           counts->timeMs,
                           counts->objects,
                           counts->bytes,
                           counts->rss,
                           static_cast<double>(counts->stoppedNs) / 1e6,
                           static_cast<double>(counts->waitedNs) / 1e6,
                           counts->nextMs,
                           counts->typeCount,
                           {}};
  for (net::TypeCount& one : counts->types) {
    result.types.push_back({std::move(one.type), one.count, one.bytes});
  }
  co_return result;
}

void Session::adopt(std::shared_ptr<net::AgentConnection> connection) {
  if (target_ && target_->connection) target_->connection->close();
  const net::AgentInfo& info = connection->info();
  pid_t pid = info.pid;
  target_ = Target{pid, connection, commandLine(info.command), info.python, true};
  processRules_ = pathRulesOf(pid);
  mapPaths();
  std::weak_ptr<Session> weak = weak_from_this();
  connection->onLost([weak, pid](const Error& why) {
    if (auto self = weak.lock()) self->targetLost(pid, why);
  });
  announceState();
}

void Session::targetLost(pid_t pid, const Error& why) {
  if (!target_ || target_->pid != pid) return;
  target_->connection.reset();
  target_->alive = net::processFacts(pid).has_value();
  net::tell<lsp::LogMessage>(*peer_, {lsp::MessageType::Warning, why.text()});
  announceState();
}

Result<json::Empty> Session::detach(api::DetachParams params) {
  if (!target_ || (params.pid && *params.pid != target_->pid)) {
    return fail(ErrorCode::NotFound,
                params.pid ? "process " + std::to_string(*params.pid) + " is not attached"
                           : "no process is attached");
  }
  if (target_->connection) target_->connection->close();
  target_.reset();
  announceState();
  return json::Empty{};
}

void Session::announceState() {
  api::StateChangedParams state;
  if (target_) {
    state.target.value = api::TargetState{target_->pid, target_->command, target_->python,
                                          target_->alive ? rssOf(target_->pid) : 0, target_->alive};
  }
  for (const SnapshotPtr& one : store_.all()) state.snapshots.push_back(entryOf(*one));
  if (SnapshotPtr now = store_.current()) {
    state.current.value = now->id;
    state.suspects = suspects_ ? suspects_->size() : 0;
  }
  net::tell<api::StateChanged>(*peer_, state);
}

}  // namespace whyalive::session
