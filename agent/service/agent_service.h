// AgentService: the agent's own thread. Listens on the private socket and answers at any time; the
// slow part is the worker's (snapshot_worker.h).
//
// Both threads block every signal and have a descriptor table of their own, so that the process's
// handlers never run in them and its descriptors are neither seen nor touched. Started and stopped
// by the extension module, with the GIL released while it waits.
#pragma once

#include <pthread.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/service/client.h"
#include "agent/service/interpreter_port.h"
#include "agent/service/kept_twins.h"
#include "agent/service/listener.h"
#include "agent/service/live_counts.h"
#include "agent/service/live_runner.h"
#include "agent/service/memory_probe.h"
#include "agent/service/snapshot_worker.h"
#include "protocol/rpc/message.h"

namespace whyalive::agent {

class AgentService {
 public:
  explicit AgentService(InterpreterPort port) : port_(std::move(port)) {}
  ~AgentService();

  // Returns once the socket listens, or with what went wrong.
  Result<void> start(const std::string& folder);
  // Ends both threads. The caller must not hold the GIL: the worker may be waiting for it.
  void stop();
  bool running() const { return running_.load(); }

 private:
  static void* run(void* self);
  Result<void> setUp();
  void tearDown();
  void loop();
  void serve(Client& client);
  void handle(Client& client, const std::string& body);
  void answer(Client& client, const rpc::Request& request);
  std::string hello(const rpc::Request& request);
  void startSnapshot(Client& client, const rpc::Request& request);
  void cancel(const Client& client, const rpc::Notification& notification);
  void finishSnapshot();
  void startLive(Client& client, const rpc::Request& request);
  void finishLive();
  void adoptTwin(const SnapshotJob& job);
  void startMemory(Client& client, const rpc::Request& request);
  void finishMemory();
  void askCounts(Client& client, const rpc::Request& request);
  void finishCounts();
  void tellProgress();
  void dropClosed();
  bool processIsOver();
  bool isRunningFor(const Client* client) const { return job_ && jobClient_ == client; }

  InterpreterPort port_;
  std::string folder_;
  pthread_t thread_{};
  bool started_ = false;
  std::atomic<bool> running_{false};
  std::atomic<bool> stopping_{false};
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t settled_ = PTHREAD_COND_INITIALIZER;
  std::optional<Result<void>> setUpResult_;  // guarded by mutex_

  // The rest belongs to the service's thread.
  int wake_ = -1;
  std::uint64_t lookedAtThreads_ = 0;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<SnapshotWorker> worker_;
  std::vector<std::unique_ptr<Client>> clients_;
  KeptTwins twins_;
  std::unique_ptr<LiveRunner> live_;
  Client* liveClient_ = nullptr;
  rpc::RequestId liveId_;
  std::shared_ptr<SnapshotJob> job_;
  Client* jobClient_ = nullptr;
  rpc::RequestId jobId_;
  struct CountsCall {
    Client* client;
    rpc::RequestId id;
    wire::CountsParams params;
  };
  std::unique_ptr<LiveCounts> counts_;
  std::vector<CountsCall> countsCalls_;  // waiting for the count under way
  std::uint64_t lastProgress_ = 0;
  std::unique_ptr<MemoryProbe> probe_;
  Client* probeClient_ = nullptr;
  rpc::RequestId probeId_;
};

}  // namespace whyalive::agent
