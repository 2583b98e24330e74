#include "server/net/agent_connection.h"

#include <sys/types.h>
#include <unistd.h>

#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <chrono>
#include <utility>

#include "protocol/agent/messages.h"
#include "protocol/base/base64.h"
#include "protocol/json/convert.h"
#include "protocol/snapshot/format.h"
#include "server/net/agent_socket.h"
#include "server/net/live_counts.h"
#include "server/net/peer.h"
#include "server/net/proc_files.h"
#include "server/net/process_facts.h"
#include "server/net/unix_transport.h"

namespace whyalive::net {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

constexpr auto kEndsWithin = 500ms;
constexpr auto kDiesWithin = 10s;  // killed, on a machine that has much else to do
constexpr auto kLookAgain = 20ms;
constexpr auto kLookEvery = 250ms;
constexpr int kStoppedLooks = 2;  // running: a debugger stops a process for a moment, too
constexpr int kHeedsWithinLooks = 8;
constexpr int kSilentLooks = 3;
constexpr int kHelloLooks = 40;  // a greeting needs no GIL: only a very busy machine takes long
// The agent sends short messages only; the snapshot itself travels as memory.
constexpr rpc::FrameLimits kLimits{.header = 1024, .body = 1024 * 1024};

std::string process(pid_t pid) { return "process " + std::to_string(pid); }

// What may happen to a request while nobody answers it.
struct Waiting {
  std::shared_ptr<Cancellation> call;
  std::function<void()> whenSilent;  // called once, when the answer is late
  int mostLooks = 0;                 // 0: for as long as it takes
};

// Returns once it is in vain to wait on: somebody stopped the process, the request was cancelled
// and the agent does not heed it, or it should have answered long ago. Looks are counted, not time:
// on a machine that stands still nobody answers.
Awaitable<Error> untilInVain(pid_t pid, Waiting waiting) {
  for (int looks = 0, stopped = 0, cancelled = 0;;) {
    co_await sleepFor(kLookEvery);
    const std::optional<ProcessFacts> facts = processFacts(pid);
    stopped = facts && (facts->state == 'T' || facts->state == 't') ? stopped + 1 : 0;
    if (stopped == kStoppedLooks) {
      if (waiting.call) waiting.call->request();  // else it would work when it goes on, for nobody
      co_return Error{ErrorCode::Unsupported,
                      process(pid) + " is stopped, so its agent cannot answer",
                      "let it go on with `kill -CONT " + std::to_string(pid) + "`"};
    }
    if (waiting.call && waiting.call->requested() && ++cancelled == kHeedsWithinLooks) {
      co_return Error{ErrorCode::Cancelled, "the request was cancelled", ""};
    }
    if (++looks == kSilentLooks && waiting.whenSilent) waiting.whenSilent();
    if (looks == waiting.mostLooks) {
      co_return Error{ErrorCode::Disconnected, "the agent in " + process(pid) + " does not answer",
                      "try again when the machine is less busy; if it happens again, restart the "
                      "process"};
    }
  }
}

// A request to the agent that ends even when no answer comes.
Awaitable<Result<Json>> ask(std::shared_ptr<Peer> peer, pid_t pid, std::string method, Json params,
                            Waiting waiting) {
  using asio::experimental::awaitable_operators::operator||;
  auto answer = co_await (peer->request(std::move(method), std::move(params), waiting.call) ||
                          untilInVain(pid, waiting));
  if (answer.index() == 0) co_return std::get<0>(std::move(answer));
  co_return std::unexpected(std::get<1>(std::move(answer)));
}

std::string notYet(pid_t pid) {
  return "waiting for the agent in " + process(pid) + ", which has not answered yet";
}

std::string howToLoad(pid_t pid) {
  return "load it with `whyalive attach " + std::to_string(pid) +
         "`, or start the program with `whyalive run -- …`";
}

// Why nobody answers there, from what /proc says.
Error whyNoAgent(pid_t pid, const ProcessFacts& facts) {
  if (facts.python == false) {
    return {ErrorCode::Unsupported, process(pid) + " (" + facts.name + ") is not a Python process",
            "`whyalive ps` lists those that are"};
  }
  return {ErrorCode::NotFound, process(pid) + " has no whyalive agent in it", howToLoad(pid)};
}

// With the folder of its socket, as we reach it: copies of the process listen there, too.
struct Connected {
  std::unique_ptr<UnixTransport> transport;
  std::string folder;
};

// Connects to whoever must be the agent of this process.
Awaitable<Result<Connected>> connectTo(pid_t pid, std::string folder) {
  std::optional<ProcessFacts> facts = processFacts(pid);
  if (!facts) {
    co_return fail(ErrorCode::NotFound, "there is no " + process(pid),
                   "`whyalive ps` lists the Python processes");
  }
  if (facts->user != geteuid() && geteuid() != 0) {
    std::string user = userName(facts->user);
    co_return fail(ErrorCode::PermissionDenied, process(pid) + " belongs to another user, " + user,
                   "run whyalive as " + user);
  }
  auto path = findAgentSocket(pid, facts->user, folder);
  if (!path && path.error().code == ErrorCode::NotFound) {
    co_return std::unexpected(whyNoAgent(pid, *facts));
  }
  if (!path) co_return std::unexpected(path.error());
  auto transport = co_await UnixTransport::connect(*path);
  if (!transport && transport.error().code == ErrorCode::NotFound) {
    co_return std::unexpected(whyNoAgent(pid, *facts));
  }
  if (!transport) co_return std::unexpected(transport.error());
  pid_t served = (*transport)->peerProcess();
  if ((*transport)->peerUser() != facts->user || (served != 0 && served != pid)) {
    co_return fail(ErrorCode::PermissionDenied,
                   "the agent's socket of " + process(pid) +
                       " is served by somebody else (process " + std::to_string(served) + " of " +
                       userName((*transport)->peerUser()) + ")",
                   "remove " + *path);
  }
  co_return Connected{std::move(*transport), path->substr(0, path->rfind('/'))};
}

agent::wire::Mode onWire(SnapshotMode mode) {
  return mode == SnapshotMode::Twin ? agent::wire::Mode::Twin : agent::wire::Mode::InProcess;
}

agent::wire::SnapshotParams onWire(const SnapshotOptions& options) {
  agent::wire::SnapshotParams params{onWire(options.mode), options.textLimit, {}, {}};
  if (options.keep) {
    params.keep = agent::wire::KeepParams{options.keep->idleSeconds, options.keep->memoryLimit,
                                          options.keep->endsWithClients, false};
  }
  return params;
}

// The agent's folder may have another name in its mount namespace: only the last part counts.
std::string copySocketOf(const agent::wire::SnapshotResult& taken, const std::string& folder) {
  if (!taken.twin) return {};
  const std::string& path = taken.twin->socket;
  return folder + "/" + path.substr(path.rfind('/') + 1);
}

SnapshotStatistics statisticsOf(const agent::wire::SnapshotResult& taken) {
  return {taken.objectCount,
          taken.edgeCount,
          taken.stoppedNs,
          taken.waitedNs,
          taken.walkNs,
          taken.mode == agent::wire::Mode::Twin ? SnapshotMode::Twin : SnapshotMode::InProcess};
}

Result<SnapshotBytes> wholeStream(std::vector<std::byte> bytes, std::uint64_t promised, pid_t pid) {
  if (bytes.size() == promised && promised > 0) return SnapshotBytes(std::move(bytes));
  return fail(ErrorCode::Corrupt, "the agent in " + process(pid) + " sent " +
                                      std::to_string(bytes.size()) + " bytes of a snapshot of " +
                                      std::to_string(promised));
}

template <class T>
Result<T> readReply(const Result<Json>& reply, std::string_view root) {
  if (!reply) return std::unexpected(reply.error());
  Result<T> value = json::parse<T>(*reply, root);
  if (!value) value.error().code = ErrorCode::Corrupt;
  return value;
}

}  // namespace

AgentConnection::AgentConnection(pid_t pid, std::string folder, std::shared_ptr<Peer> peer,
                                 UnixTransport* transport)
    : pid_(pid), folder_(std::move(folder)), peer_(std::move(peer)), transport_(transport) {}

Awaitable<Result<std::shared_ptr<AgentConnection>>> AgentConnection::open(
    pid_t pid, std::string folder, Progress progress, std::shared_ptr<Cancellation> call) {
  auto executor = co_await asio::this_coro::executor;
  auto connected = co_await connectTo(pid, folder);
  if (!connected) co_return std::unexpected(connected.error());
  UnixTransport* transport = connected->transport.get();
  auto peer =
      std::make_shared<Peer>(executor, std::move(connected->transport), Peer::Options{kLimits});
  std::shared_ptr<AgentConnection> self(
      new AgentConnection(pid, connected->folder, peer, transport));
  std::weak_ptr<AgentConnection> weak = self;
  peer->onNotification("agent/progress", [weak](const Json& params) -> Result<void> {
    auto note = json::parse<agent::wire::Progress>(params, "params");
    if (!note) return std::unexpected(note.error());
    auto mine = weak.lock();
    if (!mine || !mine->progress_) return {};
    mine->heard_ = true;
    mine->progress_(note->step, note->fraction);
    return {};
  });
  peer->onNotification("agent/piece", [weak](const Json& params) -> Result<void> {
    auto piece = json::parse<agent::wire::Piece>(params, "params");
    if (!piece) return std::unexpected(piece.error());
    if (auto mine = weak.lock()) mine->take(*piece);
    return {};
  });
  asio::co_spawn(executor, serve(self), asio::detached);
  Result<void> greeted = co_await self->hello(std::move(progress), std::move(call));
  if (!greeted) {
    self->close();
    co_return std::unexpected(greeted.error());
  }
  co_return self;
}

Awaitable<void> AgentConnection::serve(std::shared_ptr<AgentConnection> self) {
  Error why = co_await self->peer_->run();
  bool byUs = self->peer_->closed();
  self->peer_->close();
  if (byUs || !self->lost_) co_return;
  Error reason = co_await self->explain(why);
  if (self->lost_) std::exchange(self->lost_, nullptr)(reason);
}

Awaitable<Result<void>> AgentConnection::hello(Progress progress,
                                               std::shared_ptr<Cancellation> call) {
  Json params = json::write(agent::wire::HelloParams{agent::wire::kProtocol, "whyalive"});
  Waiting waiting{std::move(call), {}, kHelloLooks};
  if (progress) waiting.whenSilent = [progress, step = notYet(pid_)] { progress(step, 0); };
  Result<Json> reply = co_await ask(peer_, pid_, "agent/hello", std::move(params), waiting);
  auto hello = readReply<agent::wire::HelloResult>(reply, "agent/hello");
  if (!hello) co_return std::unexpected(co_await explain(hello.error()));
  if (hello->protocol != agent::wire::kProtocol ||
      hello->formatVersion != static_cast<int>(snapshot::kFormatVersion)) {
    co_return fail(ErrorCode::Unsupported,
                   "the agent in " + process(pid_) + " is of version " + hello->agentVersion +
                       " (protocol " + std::to_string(hello->protocol) + ", snapshot format " +
                       std::to_string(hello->formatVersion) +
                       "), which this whyalive cannot talk to",
                   "restart the process with the agent of this version");
  }
  // The process may have another number where it lives.
  info_ = AgentInfo{hello->protocol, hello->formatVersion, hello->agentVersion, pid_,
                    hello->python,   hello->executable,    hello->command,      hello->startTime};
  co_return Result<void>();
}

Awaitable<Result<TakenSnapshot>> AgentConnection::snapshot(SnapshotOptions options,
                                                           Progress progress,
                                                           std::shared_ptr<Cancellation> call) {
  auto self = shared_from_this();
  if (progress_) co_return fail(ErrorCode::ResourceExhausted, "a snapshot is being taken already");
  progress_ = progress ? std::move(progress) : [](std::string_view, double) {};
  heard_ = false;
  const auto whenSilent = [self] {
    if (self->progress_ && !self->heard_) self->progress_(notYet(self->pid_), 0);
  };
  const Waiting waiting{call, whenSilent};
  agent::wire::SnapshotParams params = onWire(options);
  for (const auto transfer : {agent::wire::Transfer::Descriptor, agent::wire::Transfer::Stream}) {
    params.transfer = transfer;
    streamed_.clear();
    Json asked = json::write(params);
    Result<Json> reply = co_await ask(peer_, pid_, "agent/snapshot", std::move(asked), waiting);
    Descriptor descriptor = transport_->takeDescriptor();
    auto taken = readReply<agent::wire::SnapshotResult>(reply, "agent/snapshot");
    const bool again = taken && !descriptor && transfer == agent::wire::Transfer::Descriptor;
    if (again) continue;  // it was lost on its way: a filter, a policy, no descriptor left here
    progress_ = nullptr;
    std::vector<std::byte> streamed = std::exchange(streamed_, {});
    if (!taken) co_return std::unexpected(co_await explain(taken.error()));
    auto bytes = descriptor ? SnapshotBytes::fromDescriptor(descriptor.release(), taken->bytes)
                            : wholeStream(std::move(streamed), taken->bytes, pid_);
    if (!bytes) co_return std::unexpected(bytes.error());
    co_return TakenSnapshot{std::move(*bytes), info_, statisticsOf(*taken),
                            copySocketOf(*taken, folder_), taken->twinNote};
  }
  co_return fail(ErrorCode::Corrupt, "the agent in " + process(pid_) + " sent no snapshot");
}

// Pieces out of order, or when no snapshot is being taken, are dropped: the whole will not be
// whole.
void AgentConnection::take(const agent::wire::Piece& piece) {
  auto data = fromBase64(piece.data);
  if (!progress_ || !data || piece.offset != streamed_.size()) return;
  const auto* first = reinterpret_cast<const std::byte*>(data->data());
  streamed_.insert(streamed_.end(), first, first + data->size());
}

Awaitable<Result<agent::wire::MemoryResult>> AgentConnection::memory(
    std::shared_ptr<Cancellation> call) {
  auto self = shared_from_this();
  Json nothing = Json::object();
  const Waiting waiting{std::move(call), {}};
  Result<Json> reply = co_await ask(peer_, pid_, "agent/memory", std::move(nothing), waiting);
  auto memory = readReply<agent::wire::MemoryResult>(reply, "agent/memory");
  if (memory) co_return std::move(*memory);
  co_return std::unexpected(co_await explain(memory.error()));
}

Awaitable<Result<agent::wire::ExecuteResult>> AgentConnection::execute(
    agent::wire::ExecuteParams params) {
  auto self = shared_from_this();
  Json wanted = json::write(params);
  const Waiting waiting;
  Result<Json> reply = co_await ask(peer_, pid_, "agent/execute", std::move(wanted), waiting);
  auto result = readReply<agent::wire::ExecuteResult>(reply, "agent/execute");
  if (result) co_return std::move(*result);
  co_return std::unexpected(co_await explain(result.error()));
}

Awaitable<Result<LiveCounts>> AgentConnection::counts(std::uint32_t limit,
                                                      std::shared_ptr<Cancellation> call) {
  auto self = shared_from_this();
  Json params = json::write(agent::wire::CountsParams{limit});
  const Waiting waiting{std::move(call), {}};
  Result<Json> reply = co_await ask(peer_, pid_, "agent/counts", std::move(params), waiting);
  auto counted = readReply<agent::wire::CountsResult>(reply, "agent/counts");
  if (!counted) co_return std::unexpected(co_await explain(counted.error()));
  LiveCounts counts{counted->time,   counted->stoppedNs, counted->waitedNs,
                    counted->nextMs, counted->objects,   counted->bytes,
                    counted->rss,    counted->typeCount, {}};
  counts.types.reserve(counted->types.size());
  for (agent::wire::TypeCount& one : counted->types) {
    counts.types.push_back({std::move(one.type), one.count, one.bytes});
  }
  co_return counts;
}

Awaitable<Result<void>> AgentConnection::stop() {
  auto self = shared_from_this();
  Json nothing = Json::object();
  const Waiting waiting;
  Result<Json> reply = co_await ask(peer_, pid_, "agent/stop", std::move(nothing), waiting);
  close();
  if (!reply) co_return std::unexpected(co_await explain(reply.error()));
  co_return Result<void>();
}

void AgentConnection::close() {
  lost_ = nullptr;
  peer_->close();
}

// A lost connection mostly means that the process is gone: say that. A process closes its sockets a
// moment before it is seen to have ended. What comes with a remedy says enough.
Awaitable<Error> AgentConnection::explain(Error error) const {
  const pid_t pid = pid_;  // we may be closed while this waits
  if (error.code != ErrorCode::Disconnected || !error.remedy.empty()) co_return error;
  for (auto waited = 0ms; processFacts(pid); waited += kLookAgain) {
    if (waited >= kDiesWithin || (waited >= kEndsWithin && !isEnding(pid))) break;
    co_await sleepFor(kLookAgain);
  }
  if (!processFacts(pid)) {
    co_return Error{ErrorCode::Disconnected, process(pid) + " has ended",
                    "start it again with `whyalive run -- …`"};
  }
  co_return Error{ErrorCode::Disconnected,
                  "the agent in " + process(pid) + " closed the connection",
                  "try again; if it happens again, restart the process"};
}

}  // namespace whyalive::net
