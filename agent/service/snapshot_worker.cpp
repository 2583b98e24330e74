#include "agent/service/snapshot_worker.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "agent/clock.h"
#include "agent/memory/mapped.h"
#include "agent/service/own_thread.h"
#include "agent/service/process_self.h"
#include "agent/twin/malloc_probe.h"
#include "agent/twin/twin.h"
#include "protocol/snapshot/meta_keys.h"

namespace whyalive::agent {
namespace {

class Mutex {
 public:
  explicit Mutex(pthread_mutex_t& mutex) : mutex_(mutex) { pthread_mutex_lock(&mutex_); }
  ~Mutex() { pthread_mutex_unlock(&mutex_); }
  Mutex(const Mutex&) = delete;

 private:
  pthread_mutex_t& mutex_;
};

// How long a walk in the process itself takes at most. Measured: 0.7–1.3 s for each GiB of small
// objects (the worst are ints), 0.1 s for each GiB of long strings.
std::string inProcessTime() {
  constexpr std::uint64_t kTenthsForGiB = 13;
  const std::uint64_t tenths = (self::residentBytes() * kTenthsForGiB >> 30) + 1;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

Error cancelled() { return {ErrorCode::Cancelled, "the snapshot was cancelled", ""}; }

Error whyFailed(const WalkReport& report) {
  switch (static_cast<Failure>(report.failure.load())) {
    case Failure::Cancelled: return cancelled();
    case Failure::NoMemory:
      return {ErrorCode::ResourceExhausted, "there is not enough memory to walk the heap",
              "give the process or its container more memory"};
    case Failure::WriteFailed:
      return {ErrorCode::ResourceExhausted, "the snapshot does not fit into memory",
              "give the process or its container more memory"};
    default:
      return {ErrorCode::Internal, "the heap holds an address that cannot be an object",
              "please report it with the Python version and the packages in use"};
  }
}

// The kernel ends a copy by signal 9 when memory runs out, and takes it before all else.
Error died(int signal) {
  return {
      ErrorCode::Internal,
      "the copy of the process died while walking the heap (signal " + std::to_string(signal) + ")",
      signal == SIGKILL ? "the process itself is unharmed; give it or its container more memory "
                          "if that has run out, and try again"
                        : "the process itself is unharmed; try again"};
}

wire::SnapshotResult resultOf(const WalkReport& report, wire::Mode mode) {
  wire::SnapshotResult result;
  result.bytes = report.bytes;
  result.objectCount = report.objectCount;
  result.edgeCount = report.edgeCount;
  result.stoppedNs = report.stoppedNs;
  result.waitedNs = report.waitedNs;
  result.walkNs = report.walkNs;
  result.phasesNs.assign(std::begin(report.phaseNs), std::end(report.phaseNs));
  result.mode = mode;
  return result;
}

// Closes when it goes.
struct Event {
  int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  Event() = default;
  Event(const Event&) = delete;
  ~Event() {
    if (fd >= 0) close(fd);
  }
};

constexpr int kCalmTries = 50;
constexpr timespec kCalmPause{0, 1'000'000};

}  // namespace

// What the twin does; made before it and read in it.
struct TwinWork {
  const InterpreterPort* port = nullptr;
  int memory = -1;
  WalkOptions options;
  WalkReport* report = nullptr;
  bool keep = false;
  KeepPlan keepPlan;
  MetaEntry* pidEntry = nullptr;  // with `keep`: where the twin writes its own number
  char pidText[16] = {};
  MallocInfo mallocInfo = nullptr;
  MetaEntry* mallocEntry = nullptr;
  char mallocText[24] = {};

  int run() {
    if (const auto bytes = mallocInUseHere(mallocInfo)) {
      const int length = std::snprintf(mallocText, sizeof mallocText, "%llu",
                                       static_cast<unsigned long long>(*bytes));
      mallocEntry->value = {mallocText, static_cast<std::size_t>(length)};
    }
    if (keep) {
      if (!prepareToStay(keepPlan)) return kTwinSetUpFailed;
      memory = keepPlan.memory;
      const int length = std::snprintf(pidText, sizeof pidText, "%d", getpid());
      pidEntry->value = {pidText, static_cast<std::size_t>(length)};
    }
    if (!port->walk(memory, options, *report)) return 1;
    return keep ? stay(keepPlan, report->bytes) : 0;
  }
};

namespace {

int workInTwin(void* context) { return static_cast<TwinWork*>(context)->run(); }

}  // namespace

Result<std::shared_ptr<SnapshotJob>> SnapshotJob::make(wire::SnapshotParams params) {
  auto job = std::make_shared<SnapshotJob>();
  job->params = params;
  job->memory = memfd_create("whyalive-snapshot", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  void* shared =
      mmap(nullptr, sizeof(WalkReport), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (job->memory < 0 || shared == MAP_FAILED) {
    return fail(ErrorCode::ResourceExhausted,
                std::string("cannot make room for a snapshot: ") + std::strerror(errno),
                "give the process or its container more memory or descriptors");
  }
  job->report = new (shared) WalkReport;
  return job;
}

SnapshotJob::~SnapshotJob() {
  if (memory >= 0) close(memory);
  if (report) munmap(static_cast<void*>(report), sizeof(WalkReport));
}

SnapshotWorker::SnapshotWorker(const InterpreterPort& port, int wake, std::string folder)
    : port_(port), wake_(wake), folder_(std::move(folder)), startTime_(self::startTime()) {}

SnapshotWorker::~SnapshotWorker() {
  stop();
  join();
  if (cancelEvent_ >= 0) close(cancelEvent_);
}

bool SnapshotWorker::start() {
  cancelEvent_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  started_ = cancelEvent_ >= 0 && startOwnThread(thread_, run, this, kPythonStack) == 0;
  return started_;
}

void* SnapshotWorker::run(void* self) {
  pthread_setname_np(pthread_self(), "whyalive-walk");
  static_cast<SnapshotWorker*>(self)->loop();
  return nullptr;
}

void SnapshotWorker::loop() {
  for (;;) {
    std::shared_ptr<SnapshotJob> job;
    {
      Mutex lock(mutex_);
      while (!next_ && !stopping_) pthread_cond_wait(&changed_, &mutex_);
      if (stopping_) return;
      job = std::move(next_);
      next_.reset();
    }
    take(*job);
    job->finished.store(true);
    job.reset();
    eventfd_write(wake_, 1);
  }
}

void SnapshotWorker::give(std::shared_ptr<SnapshotJob> job) {
  Mutex lock(mutex_);
  eventfd_t drained;
  eventfd_read(cancelEvent_, &drained);
  next_ = std::move(job);
  pthread_cond_signal(&changed_);
}

void SnapshotWorker::cancel(SnapshotJob& job) {
  job.cancelled.store(true);
  job.report->cancelled.store(1);
  eventfd_write(cancelEvent_, 1);
}

void SnapshotWorker::stop() {
  Mutex lock(mutex_);
  stopping_ = true;
  if (cancelEvent_ >= 0) eventfd_write(cancelEvent_, 1);
  pthread_cond_signal(&changed_);
}

void SnapshotWorker::join() {
  if (!started_) return;
  pthread_join(thread_, nullptr);
  started_ = false;
}

void SnapshotWorker::prepareMeta() {
  namespace meta = snapshot::meta;
  texts_ = port_.facts;
  const auto add = [&](std::string_view key, std::string value) {
    texts_.emplace_back(std::string(key), std::move(value));
  };
  add(meta::kPid, std::to_string(getpid()));
  add(meta::kPythonVersion, port_.python);
  add(meta::kCommand, self::commandLine());
  add(meta::kWorkingDirectory, self::link("cwd"));
  add(meta::kRoot, self::link("root"));
  add(meta::kStartTime, startTime_);
  add(meta::kRss, std::to_string(self::residentBytes()));
  add(meta::kTime, std::to_string(nowNs(CLOCK_REALTIME)));
  add(meta::kAgentVersion, std::string(wire::kAgentVersion));
  meta_.clear();
  for (const auto& [key, value] : texts_) meta_.push_back({key, value});
}

void SnapshotWorker::take(SnapshotJob& job) {
  try {
    prepareMeta();
    job.outcome = job.params.mode == wire::Mode::Twin ? viaTwin(job) : inProcess(job);
  } catch (const std::exception& e) {
    job.outcome = fail(ErrorCode::ResourceExhausted, std::string("the agent failed: ") + e.what());
  }
}

Result<wire::SnapshotResult> SnapshotWorker::viaTwin(SnapshotJob& job) {
  const Event walked;
  TwinPlan plan;
  plan.keep[plan.keepCount++] = job.memory;
  plan.sharedStart = job.report;
  plan.sharedBytes = sizeof(WalkReport);
  TwinWork work;
  work.port = &port_;
  work.memory = job.memory;
  work.report = job.report;
  work.mallocInfo = findMallocInfo();
  if (job.params.keep) {
    plan.keep[plan.keepCount++] = walked.fd;
    planToStay(job, walked.fd, work);
  }
  meta_.push_back({snapshot::meta::kMallocInUse, {}});
  work.mallocEntry = &meta_.back();
  if (work.keep) work.pidEntry = work.mallocEntry - 1;
  work.options = WalkOptions{job.params.textLimit, "twin", true, meta_};
  const pid_t pid = copyProcess(job, plan, work);
  if (pid == 0) {
    return job.cancelled.load() ? std::unexpected(cancelled())
                                : fail(ErrorCode::Disconnected, "the process is ending");
  }
  if (pid < 0) {
    return fail(ErrorCode::ResourceExhausted,
                std::string("the process cannot be copied: ") + std::strerror(-pid),
                "raise its limits, or take the snapshot in the process itself (whyalive snapshot " +
                    std::to_string(getpid()) +
                    " -o FILE --in-process, or the setting snapshot.inProcess of an editor), which "
                    "stops it for up to " +
                    inProcessTime());
  }
  if (Result<void> end = watchTwin(job, pid, work.keep ? walked.fd : -1); !end) {
    return std::unexpected(end.error());
  }
  wire::SnapshotResult result = resultOf(*job.report, wire::Mode::Twin);
  if (job.twin) {
    result.twin = wire::KeptTwin{pid, folder_ + "/" + std::to_string(pid) + ".twin"};
  } else if (work.keep) {
    result.twinNote = "the copy could not make a socket in " + folder_;
  }
  return result;
}

void SnapshotWorker::planToStay(const SnapshotJob& job, int walked, TwinWork& work) {
  const wire::KeepParams& keep = *job.params.keep;
  work.keep = true;
  work.keepPlan.folder = folder_.c_str();
  work.keepPlan.target = getpid();
  work.keepPlan.memory = job.memory;
  work.keepPlan.walked = walked;
  work.keepPlan.idleSeconds = keep.idleSeconds;
  work.keepPlan.memoryLimit = keep.memoryLimit;
  work.keepPlan.endsWithClients = keep.endsWithClients;
  work.keepPlan.outlivesTarget = keep.outlivesTarget;
  work.keepPlan.evaluate = port_.evaluate;
  meta_.push_back({snapshot::meta::kTwinPid, {}});
}

// With the GIL held only for the copying. For a copy that shall run Python one waits for a moment
// when nobody imports, but not for ever. 0: cancelled, or the process is ending.
pid_t SnapshotWorker::copyProcess(SnapshotJob& job, const TwinPlan& plan, TwinWork& work) {
  for (int tries = 1;; ++tries) {
    const std::uint64_t asked = nowNs();
    if (!port_.enter()) return 0;
    const std::uint64_t held = nowNs();
    job.report->waitedNs += held - asked;
    pid_t pid = 0;
    const bool cancelled = job.cancelled.load();
    const bool now = !work.keep || tries == kCalmTries || port_.calm();
    if (!cancelled && now) pid = makeTwin(plan, workInTwin, &work);
    job.report->stoppedNs += nowNs() - held;
    port_.leave();
    if (cancelled || now) return pid;
    nanosleep(&kCalmPause, nullptr);
  }
}

// Waits until the twin has ended or tells that it stays, or ends it when the snapshot is not wanted
// any more.
Result<void> SnapshotWorker::watchTwin(SnapshotJob& job, int pid, int walked) {
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  pollfd waits[3] = {{handle, POLLIN, 0}, {cancelEvent_, POLLIN, 0}, {walked, POLLIN, 0}};
  bool stays = false;
  for (;;) {
    const int ready = poll(waits, 3, handle < 0 ? 20 : -1);
    if (ready < 0 && errno != EINTR) break;
    const bool unwanted = job.cancelled.load() || stopping_;
    if (unwanted) kill(pid, SIGKILL);
    eventfd_t told = 0;
    if (waits[2].revents & POLLIN) eventfd_read(walked, &told);
    stays = !unwanted && told == kStays;
    if (stays || handle < 0 || (waits[0].revents & POLLIN) || unwanted) break;
  }
  if (handle >= 0) close(handle);
  if (stays) {
    job.twin = pid;
    return {};
  }
  const TwinEnd end = reapTwin(pid);
  if (!end.exited) {  // where memory has run out, what it wrote must go before we ask for any
    [[maybe_unused]] const int freed = ftruncate(job.memory, 0);
  }
  if (job.cancelled.load()) return std::unexpected(cancelled());
  if (end.exited && job.report->done.load() == 1) return {};
  if (job.report->done.load() == 2) return std::unexpected(whyFailed(*job.report));
  if (end.exited && end.code == kTwinSetUpFailed) {
    return fail(ErrorCode::ResourceExhausted,
                "the copy of the process could not be cut off from it",
                "try again, or take the snapshot in the process itself (mode in-process)");
  }
  return std::unexpected(died(end.signal));
}

Result<wire::SnapshotResult> SnapshotWorker::inProcess(SnapshotJob& job) {
  const std::uint64_t asked = nowNs();
  if (!port_.enter()) return fail(ErrorCode::Disconnected, "the process is ending");
  const std::uint64_t held = nowNs();
  job.report->waitedNs = held - asked;
  std::string inMalloc;
  if (const MallocInfo info = findMallocInfo()) inMalloc = std::to_string(inUse(info()));
  meta_.push_back({snapshot::meta::kMallocInUse, inMalloc});
  const bool fine = port_.walk(
      job.memory, WalkOptions{job.params.textLimit, "in-process", false, meta_}, *job.report);
  job.report->stoppedNs = nowNs() - held;
  port_.leave();
  if (!fine) return std::unexpected(whyFailed(*job.report));
  return resultOf(*job.report, wire::Mode::InProcess);
}

}  // namespace whyalive::agent
