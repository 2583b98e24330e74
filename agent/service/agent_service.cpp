#include "agent/service/agent_service.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "agent/clock.h"
#include "agent/service/own_thread.h"
#include "agent/service/process_self.h"
#include "protocol/agent/runtime_folder.h"
#include "protocol/json/convert.h"
#include "protocol/rpc/errors.h"
#include "protocol/snapshot/format.h"

namespace whyalive::agent {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMostClients = 256;
constexpr int kProgressMs = 100;
// Only in case the socket's file was taken away: then nobody can find the agent, nor `stop` knock.
constexpr int kIdleMs = 2000;

std::vector<std::string> splitArguments(const std::string& text) {
  std::vector<std::string> arguments;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('\0', start), text.size());
    arguments.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return arguments;
}

bool isNamed(const rpc::RequestId& id, const Json& wanted) {
  const auto* number = std::get_if<std::int64_t>(&id);
  const auto* text = std::get_if<std::string>(&id);
  return (number && wanted == *number) || (text && wanted == *text);
}

// Wakes the thread that waits on the socket at this path.
void knock(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  [[maybe_unused]] const int connected =
      connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  close(fd);
}

}  // namespace

AgentService::~AgentService() { stop(); }

Result<void> AgentService::start(const std::string& folder) {
  folder_ = folder;
  if (int error = startOwnThread(thread_, run, this); error != 0) {
    return fail(ErrorCode::ResourceExhausted,
                std::string("cannot start the agent's thread: ") + std::strerror(error));
  }
  started_ = true;
  pthread_mutex_lock(&mutex_);
  while (!setUpResult_) pthread_cond_wait(&settled_, &mutex_);
  Result<void> result = *setUpResult_;
  pthread_mutex_unlock(&mutex_);
  if (!result) stop();
  return result;
}

void AgentService::stop() {
  if (!started_) return;
  stopping_.store(true);
  knock(socketPath(folder_, getpid()));
  pthread_join(thread_, nullptr);
  started_ = false;
}

void* AgentService::run(void* arg) {
  auto* self = static_cast<AgentService*>(arg);
  pthread_setname_np(pthread_self(), "whyalive-agent");
  Result<void> result = self->setUp();
  const bool fine = result.has_value();
  if (fine) self->running_.store(true);
  pthread_mutex_lock(&self->mutex_);
  self->setUpResult_ = std::move(result);
  pthread_cond_signal(&self->settled_);
  pthread_mutex_unlock(&self->mutex_);
  if (fine) self->loop();
  self->tearDown();
  return nullptr;
}

Result<void> AgentService::setUp() {
  useOwnDescriptors();
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ < 0) return fail(ErrorCode::ResourceExhausted, "there are no descriptors left");
  auto listener = Listener::open(folder_);
  if (!listener) return std::unexpected(listener.error());
  listener_ = std::move(*listener);
  twins_.adoptEarlier(folder_);
  counts_ = std::make_unique<LiveCounts>(port_, wake_);
  worker_ = std::make_unique<SnapshotWorker>(port_, wake_, folder_);
  if (!worker_->start()) {
    return fail(ErrorCode::ResourceExhausted, "cannot start the agent's second thread");
  }
  return {};
}

void AgentService::tearDown() {
  running_.store(false);
  if (listener_) listener_->close();
  clients_.clear();
  if (worker_ && job_) worker_->cancel(*job_);
  counts_.reset();  // waits for its thread
  worker_.reset();  // waits for the thread; what twins there are end with it
  if (job_) adoptTwin(*job_);
  twins_.end();
  probe_.reset();  // waits for its thread likewise
  job_.reset();
  if (wake_ >= 0) close(wake_);
  wake_ = -1;
}

void AgentService::loop() {
  std::vector<pollfd> waits;
  while (!stopping_.load()) {
    waits.assign({{listener_->fd(), POLLIN, 0}, {wake_, POLLIN, 0}});
    for (const auto& client : clients_) {
      const int events = client->wantsToWrite() ? POLLIN | POLLOUT : POLLIN;
      waits.push_back({client->fd(), static_cast<short>(events), 0});
    }
    twins_.addTo(waits);
    const int ready = poll(waits.data(), waits.size(), job_ ? kProgressMs : kIdleMs);
    if (ready < 0 && errno != EINTR) return;
    if (ready == 0 && !job_) listener_->keepPresent();
    if (processIsOver()) return;
    if (stopping_.load()) return;
    twins_.reap();
    const std::size_t served = clients_.size();
    for (std::size_t i = 0; i < served; ++i) {
      if (waits[i + 2].revents & POLLOUT) clients_[i]->writeSome();
      if (waits[i + 2].revents & (POLLIN | POLLHUP | POLLERR)) serve(*clients_[i]);
    }
    eventfd_t ignored;
    if (waits[1].revents & POLLIN) eventfd_read(wake_, &ignored);
    if (job_ && job_->finished.load()) finishSnapshot();
    if (probe_ && probe_->finished()) finishMemory();
    if (live_) finishLive();
    if (counts_->settle()) finishCounts();
    if (job_) tellProgress();
    dropClosed();
    if (waits[0].revents & POLLIN) {
      const int fd = listener_->accept();
      if (fd >= 0 && clients_.size() < kMostClients) {
        clients_.push_back(std::make_unique<Client>(fd));
      } else if (fd >= 0) {
        close(fd);
      }
    }
  }
}

// A process whose main thread has left others behind ends with the last of them: not for the
// agent's sake shall it live on. Looked at every two seconds; /proc tells without waking anybody.
bool AgentService::processIsOver() {
  const std::uint64_t now = nowNs();
  if (now - lookedAtThreads_ < kIdleMs * std::uint64_t{1'000'000}) return false;
  lookedAtThreads_ = now;
  return self::threads().mainEnded && otherThreadCount() <= 1;
}

void AgentService::serve(Client& client) {
  client.readSome();
  while (std::optional<std::string> body = client.next()) handle(client, *body);
}

void AgentService::handle(Client& client, const std::string& body) {
  auto message = rpc::parseMessage(body);
  if (!message) {
    client.send(rpc::formatError(message.error().id, message.error().error));
  } else if (auto* request = std::get_if<rpc::Request>(&*message)) {
    answer(client, *request);
  } else if (auto* notification = std::get_if<rpc::Notification>(&*message)) {
    if (notification->method == "$/cancelRequest") cancel(client, *notification);
  }
}

void AgentService::answer(Client& client, const rpc::Request& request) {
  if (request.method == "agent/hello") {
    client.send(hello(request));
  } else if (request.method == "agent/snapshot") {
    startSnapshot(client, request);
  } else if (request.method == "agent/memory") {
    startMemory(client, request);
  } else if (request.method == "agent/execute") {
    startLive(client, request);
  } else if (request.method == "agent/counts") {
    askCounts(client, request);
  } else if (request.method == "agent/stop") {
    // The socket goes first: who saw the reply finds no agent any more.
    listener_->close();
    stopping_.store(true);
    client.send(rpc::formatResult(request.id, Json::object()));
  } else {
    client.send(rpc::formatError(
        request.id, {rpc::kMethodNotFound, "the agent knows no method " + request.method,
                     Json{{"kind", "unsupported"}}}));
  }
}

std::string AgentService::hello(const rpc::Request& request) {
  auto params = json::parse<wire::HelloParams>(request.params, "params");
  if (!params) return rpc::formatError(request.id, rpc::toResponseError(params.error()));
  wire::HelloResult result;
  result.formatVersion = static_cast<int>(snapshot::kFormatVersion);
  result.agentVersion = wire::kAgentVersion;
  result.pid = getpid();
  result.python = port_.python;
  result.executable = self::link("exe");
  result.command = splitArguments(self::commandLine());
  result.startTime = worker_->startTime();
  return rpc::formatResult(request.id, json::write(result));
}

void AgentService::startSnapshot(Client& client, const rpc::Request& request) {
  const auto refuse = [&](const Error& error) {
    client.send(rpc::formatError(request.id, rpc::toResponseError(error)));
  };
  auto params = json::parse<wire::SnapshotParams>(
      request.params.is_null() ? Json::object() : request.params, "params");
  if (!params) return refuse(params.error());
  if (job_) {
    return refuse({ErrorCode::ResourceExhausted,
                   "the agent is busy taking another snapshot of this process",
                   "try again when that one is done"});
  }
  const bool tooMany = params->keep && twins_.full();
  if (tooMany) params->keep.reset();
  auto job = SnapshotJob::make(*params);
  if (!job) return refuse(job.error());
  job_ = std::move(*job);
  if (tooMany)
    job_->refusedToKeep =
        "there are " + std::to_string(KeptTwins::kMost) + " frozen copies of this process already";
  jobClient_ = &client;
  jobId_ = request.id;
  worker_->give(job_);
}

void AgentService::cancel(const Client& client, const rpc::Notification& notification) {
  if (!notification.params.is_object()) return;
  const auto id = notification.params.find("id");
  if (id == notification.params.end()) return;
  if (isRunningFor(&client) && isNamed(jobId_, *id)) worker_->cancel(*job_);
  std::erase_if(countsCalls_, [&](const CountsCall& call) {
    if (call.client != &client || !isNamed(call.id, *id)) return false;
    call.client->send(rpc::formatError(
        call.id, rpc::toResponseError({ErrorCode::Cancelled, "the count was cancelled", ""})));
    return true;
  });
}

void AgentService::adoptTwin(const SnapshotJob& job) {
  if (job.twin) twins_.add(job.twin, folder_, job.params.keep->outlivesTarget);
}

void AgentService::finishSnapshot() {
  const std::shared_ptr<SnapshotJob> job = std::move(job_);
  job_.reset();
  Client* client = std::exchange(jobClient_, nullptr);
  adoptTwin(*job);
  if (!client) return;  // it left
  if (job->outcome) {
    if (!job->refusedToKeep.empty()) job->outcome->twinNote = job->refusedToKeep;
    const bool stream = job->params.transfer == wire::Transfer::Stream;
    if (stream) client->stream(job->memory, job->outcome->bytes);
    client->send(rpc::formatResult(jobId_, json::write(*job->outcome)), stream ? -1 : job->memory);
  } else {
    client->send(rpc::formatError(jobId_, rpc::toResponseError(job->outcome.error())));
  }
}

void AgentService::startMemory(Client& client, const rpc::Request& request) {
  Result<std::unique_ptr<MemoryProbe>> probe =
      fail(ErrorCode::ResourceExhausted, "the agent is being asked for the memory already",
           "try again when that answer is there");
  if (!probe_) probe = MemoryProbe::start(port_, wake_);
  if (!probe) {
    return client.send(rpc::formatError(request.id, rpc::toResponseError(probe.error())));
  }
  probe_ = std::move(*probe);
  probeClient_ = &client;
  probeId_ = request.id;
}

void AgentService::finishMemory() {
  const std::unique_ptr<MemoryProbe> probe = std::move(probe_);
  Client* client = std::exchange(probeClient_, nullptr);
  if (!client) return;  // it left
  const Result<wire::MemoryResult> outcome = probe->outcome();
  client->send(outcome ? rpc::formatResult(probeId_, json::write(*outcome))
                       : rpc::formatError(probeId_, rpc::toResponseError(outcome.error())));
}

void AgentService::startLive(Client& client, const rpc::Request& request) {
  const auto refuse = [&](const Error& error) {
    client.send(rpc::formatError(request.id, rpc::toResponseError(error)));
  };
  auto params = json::parse<wire::ExecuteParams>(request.params, "params");
  if (!params) return refuse(params.error());
  if (client.user() != geteuid()) {
    return refuse({ErrorCode::PermissionDenied, "only the process's own user may run code in it",
                   "run whyalive as that user"});
  }
  const char* policy = std::getenv("WHYALIVE_LIVE");
  if (policy != nullptr && std::strcmp(policy, "0") == 0) {
    return refuse({ErrorCode::PermissionDenied,
                   "this process does not allow code to be run in it (WHYALIVE_LIVE=0)",
                   "use the frozen copy: whyalive console without --live"});
  }
  if (!params->confirmed) {
    return refuse({ErrorCode::PermissionDenied, "nobody confirmed that code may run in the process",
                   "say so explicitly"});
  }
  if (!live_) live_ = std::make_unique<LiveRunner>(port_, wake_);
  if (live_->busy()) {
    return refuse({ErrorCode::ResourceExhausted, "the process runs somebody's code already",
                   "try again when that has ended"});
  }
  if (auto logged = logLiveUse(folder_, client.process(), params->source); !logged) {
    return refuse(logged.error());
  }
  if (auto started = live_->start(*params); !started) return refuse(started.error());
  liveClient_ = &client;
  liveId_ = request.id;
}

void AgentService::finishLive() {
  const auto result = live_->take();
  if (!result) return;
  Client* client = std::exchange(liveClient_, nullptr);
  if (client) client->send(rpc::formatResult(liveId_, json::write(*result)));
}

void AgentService::askCounts(Client& client, const rpc::Request& request) {
  auto params = json::parse<wire::CountsParams>(
      request.params.is_null() ? Json::object() : request.params, "params");
  Result<void> begun;
  if (!params) begun = std::unexpected(params.error());
  if (begun && !counts_->fresh()) begun = counts_->start();
  if (!begun) {
    client.send(rpc::formatError(request.id, rpc::toResponseError(begun.error())));
    return;
  }
  countsCalls_.push_back({&client, request.id, *params});
  if (!counts_->running()) finishCounts();
}

void AgentService::finishCounts() {
  for (const CountsCall& call : std::exchange(countsCalls_, {})) {
    const auto answer = counts_->answer(call.params);
    call.client->send(answer ? rpc::formatResult(call.id, json::write(*answer))
                             : rpc::formatError(call.id, rpc::toResponseError(answer.error())));
  }
}

void AgentService::tellProgress() {
  if (!jobClient_ || jobClient_->wantsToWrite()) return;
  const WalkReport& report = *job_->report;
  const std::uint32_t step = report.step.load();
  wire::Progress progress;
  progress.step = kWalkSteps[step < std::size(kWalkSteps) ? step : 0];
  progress.fraction = report.permille.load() / 1000.0;
  jobClient_->send(rpc::formatNotification("agent/progress", json::write(progress)));
}

void AgentService::dropClosed() {
  for (const auto& client : clients_) {
    if (client->closed() && isRunningFor(client.get())) {
      worker_->cancel(*job_);
      jobClient_ = nullptr;
    }
    if (client->closed() && probeClient_ == client.get()) probeClient_ = nullptr;
    if (client->closed() && liveClient_ == client.get()) liveClient_ = nullptr;
  }
  std::erase_if(countsCalls_, [](const CountsCall& call) { return call.client->closed(); });
  std::erase_if(clients_, [](const auto& client) { return client->closed(); });
}

}  // namespace whyalive::agent
