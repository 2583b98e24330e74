#include "agent/service/memory_probe.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "agent/clock.h"
#include "agent/service/own_thread.h"
#include "agent/twin/malloc_probe.h"
#include "agent/twin/twin.h"

namespace whyalive::agent {

// Written by the twin, one part after the other.
struct MemoryReport {
  std::atomic<std::uint32_t> parts{0};  // how many are complete
  CollectorState collector;
  std::uint64_t mallocHeap = 0, mallocMapped = 0, mallocInUse = 0, mallocFree = 0;
  std::uint64_t stoppedNs = 0;  // set by the process
  char allocator[16384] = {};   // what CPython says of its own allocator
};

namespace {

constexpr std::uint32_t kPythonPart = 1;  // collector and CPython's allocator
constexpr std::uint32_t kMallocPart = 2;
constexpr int kTries = 2;
constexpr int kPatienceMs = 3000;
constexpr int kLookMs = 100;

// What the twin needs, made before the copy: in it nothing may be allocated.
struct Questions {
  const InterpreterPort* port;
  MallocInfo malloc;
  FILE* text;  // writes into the report
  MemoryReport* report;
};

int answerInTwin(void* context) {
  const auto* ask = static_cast<Questions*>(context);
  MemoryReport& report = *ask->report;
  report.collector = ask->port->collector();
  ask->port->describeAllocator(ask->text);
  fflush(ask->text);
  report.parts.store(kPythonPart);
  if (!ask->malloc) return 0;
  const struct mallinfo2 info = ask->malloc();
  report.mallocHeap = info.arena;
  report.mallocMapped = info.hblkhd;
  report.mallocInUse = info.uordblks;
  report.mallocFree = info.fordblks;
  report.parts.store(kMallocPart);
  return 0;
}

wire::MemoryResult resultOf(const MemoryReport& report) {
  wire::MemoryResult result;
  result.allocator.assign(report.allocator, strnlen(report.allocator, sizeof report.allocator));
  result.collectorKnown = report.collector.known;
  result.collectorEnabled = report.collector.enabled;
  if (report.collector.numbersKnown) {
    result.collectorThresholds.assign(std::begin(report.collector.thresholds),
                                      std::end(report.collector.thresholds));
    result.collectorCounts.assign(std::begin(report.collector.counts),
                                  std::end(report.collector.counts));
  }
  result.mallocKnown = report.parts.load() >= kMallocPart;
  result.mallocHeap = report.mallocHeap;
  result.mallocMapped = report.mallocMapped;
  result.mallocInUse = report.mallocInUse;
  result.mallocFree = report.mallocFree;
  result.stoppedNs = report.stoppedNs;
  return result;
}

Error noRoom(const char* what) {
  return {ErrorCode::ResourceExhausted, std::string(what) + ": " + std::strerror(errno),
          "give the process or its container more memory"};
}

}  // namespace

Result<std::unique_ptr<MemoryProbe>> MemoryProbe::start(const InterpreterPort& port, int wake) {
  std::unique_ptr<MemoryProbe> probe(new MemoryProbe(port, wake));
  void* shared = mmap(nullptr, sizeof(MemoryReport), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return std::unexpected(noRoom("cannot make room for the answer"));
  probe->report_ = new (shared) MemoryReport;
  if (const int error = startOwnThread(probe->thread_, run, probe.get()); error != 0) {
    errno = error;
    return std::unexpected(noRoom("cannot start a thread"));
  }
  probe->started_ = true;
  return probe;
}

MemoryProbe::~MemoryProbe() {
  unwanted_.store(true);
  if (started_) pthread_join(thread_, nullptr);
  if (report_) munmap(static_cast<void*>(report_), sizeof(MemoryReport));
}

void* MemoryProbe::run(void* arg) {
  pthread_setname_np(pthread_self(), "whyalive-memory");
  auto* self = static_cast<MemoryProbe*>(arg);
  self->outcome_ = self->ask();
  self->finished_.store(true);
  eventfd_write(self->wake_, 1);
  return nullptr;
}

Result<wire::MemoryResult> MemoryProbe::ask() {
  const bool knowsMalloc = findMallocInfo() != nullptr;
  for (int i = 0; i < kTries && !unwanted_.load(); ++i) {
    if (Result<void> asked = askTwin(); !asked) return std::unexpected(asked.error());
    const std::uint32_t parts = report_->parts.load();
    if (parts >= (knowsMalloc ? kMallocPart : kPythonPart)) break;
  }
  if (report_->parts.load() >= kPythonPart) return resultOf(*report_);
  return fail(ErrorCode::Internal, "the copy of the process died while its allocator was asked",
              "the process itself is unharmed; try again");
}

Result<void> MemoryProbe::askTwin() {
  FILE* text = fmemopen(report_->allocator, sizeof report_->allocator, "w");
  if (!text) return std::unexpected(noRoom("cannot make room for the answer"));
  static char buffer[4096];  // else the first word would allocate one, in the copy
  setvbuf(text, buffer, _IOFBF, sizeof buffer);
  Questions questions{&port_, findMallocInfo(), text, report_};
  TwinPlan plan;
  plan.sharedStart = report_;
  plan.sharedBytes = sizeof(MemoryReport);
  if (!port_.enter()) {
    fclose(text);
    return fail(ErrorCode::Disconnected, "the process is ending");
  }
  const std::uint64_t held = nowNs();
  const pid_t pid = makeTwin(plan, answerInTwin, &questions);
  report_->stoppedNs = nowNs() - held;
  port_.leave();
  if (pid < 0) {
    fclose(text);
    errno = -pid;
    return std::unexpected(noRoom("the process cannot be copied"));
  }
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  for (int waited = 0; waited < kPatienceMs && !unwanted_.load(); waited += kLookMs) {
    pollfd wait{handle, POLLIN, 0};
    if (poll(&wait, 1, kLookMs) == 1) break;
  }
  if (handle >= 0) close(handle);
  kill(pid, SIGKILL);  // does nothing to one that has ended
  reapTwin(pid);
  const std::string said(report_->allocator,
                         strnlen(report_->allocator, sizeof report_->allocator));
  fclose(text);  // writes a final zero of its own at the beginning
  std::memcpy(report_->allocator, said.c_str(), said.size() + 1);
  return {};
}

}  // namespace whyalive::agent
