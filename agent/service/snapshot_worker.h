// The thread that takes snapshots: waits for the GIL, makes the twin and sees it to its end, or
// walks in the process itself. Apart from the service's thread, so that this one may wait for a
// busy interpreter while the other still answers.
//
// The twin dies with this thread (kernel rule), so it lives until the agent stops. One job at a
// time.
#pragma once

#include <pthread.h>

#include <atomic>
#include <memory>
#include <string>

#include "agent/service/interpreter_port.h"
#include "protocol/agent/messages.h"
#include "protocol/base/result.h"

namespace whyalive::agent {

struct TwinPlan;
struct TwinWork;

// A snapshot while it is taken. Made by the service, worked on by the worker; the service reads
// `report` meanwhile and `outcome` once `finished` is set.
struct SnapshotJob {
  wire::SnapshotParams params;
  int memory = -1;               // where the snapshot goes
  WalkReport* report = nullptr;  // shared with the twin
  std::atomic<bool> cancelled{false};
  std::atomic<bool> finished{false};
  Result<wire::SnapshotResult> outcome;
  std::string refusedToKeep;  // why the twin shall not stay though the client asked for it
  pid_t twin = 0;             // that stays; whoever takes the job over reaps it

  ~SnapshotJob();
  static Result<std::shared_ptr<SnapshotJob>> make(wire::SnapshotParams params);
};

class SnapshotWorker {
 public:
  // `wake` is an eventfd written when a job has finished; kept twins listen in `folder`.
  SnapshotWorker(const InterpreterPort& port, int wake, std::string folder);
  ~SnapshotWorker();

  // When the process began, as it is told with every snapshot and greeting. Found once: it is made
  // of two clocks, and the wall clock may be set.
  const std::string& startTime() const { return startTime_; }

  bool start();
  void give(std::shared_ptr<SnapshotJob> job);
  void cancel(SnapshotJob& job);
  // Ends the thread as soon as it does not wait for the GIL any more. True: it has ended.
  void stop();
  void join();

 private:
  static void* run(void* self);
  void loop();
  void take(SnapshotJob& job);
  Result<wire::SnapshotResult> viaTwin(SnapshotJob& job);
  Result<wire::SnapshotResult> inProcess(SnapshotJob& job);
  void planToStay(const SnapshotJob& job, int walked, TwinWork& work);
  pid_t copyProcess(SnapshotJob& job, const TwinPlan& plan, TwinWork& work);
  Result<void> watchTwin(SnapshotJob& job, int pid, int walked);
  void prepareMeta();

  const InterpreterPort& port_;
  int wake_;
  std::string folder_;
  const std::string startTime_;
  int cancelEvent_ = -1;
  pthread_t thread_{};
  bool started_ = false;
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t changed_ = PTHREAD_COND_INITIALIZER;
  std::shared_ptr<SnapshotJob> next_;
  bool stopping_ = false;
  std::vector<std::pair<std::string, std::string>> texts_;
  std::vector<MetaEntry> meta_;
};

}  // namespace whyalive::agent
