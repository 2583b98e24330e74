#include "agent/twin/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/clock.h"
#include "agent/twin/evaluation_process.h"
#include "agent/twin/guard.h"
#include "agent/twin/malloc_probe.h"
#include "agent/twin/memory_use.h"
#include "agent/twin/process_title.h"
#include "agent/twin/strays.h"
#include "agent/twin/twin_socket.h"

namespace whyalive::agent {
namespace {

using wire::EvaluationEnd;
using wire::TwinEnd;
using wire::TwinEvent;
using wire::TwinEventKind;
using wire::TwinRequest;
using wire::TwinRequestKind;

constexpr int kMostClients = 8;
constexpr int kMostEvaluations = 8;
constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kFirstClientWithin = 30 * kSecond;
constexpr std::uint64_t kLookAtMemoryEvery = 5 * kSecond;

struct Evaluation {
  pid_t pid = 0;  // 0: free
  int handle = -1;
  int client = -1;
  std::uint64_t number = 0;
  std::uint64_t deadline = 0;  // 0: none
  bool killed = false, late = false;
};

class Supervisor {
 public:
  Supervisor(const KeepPlan& plan, std::uint64_t snapshotBytes)
      : plan_(plan), snapshotBytes_(snapshotBytes), started_(nowNs()), lastRequest_(started_) {
    for (int& client : clients_) client = -1;
  }

  int run() {
    const bool fine = setUp();
    eventfd_write(plan_.walked, fine ? kStays : kLeaves);
    close(plan_.walked);
    if (!fine) return 1;
    while (reason_ == TwinEnd::None) {
      wait();
      reap();
      enforce();
    }
    TwinEvent goodbye = status();
    goodbye.kind = TwinEventKind::Goodbye;
    for (const int client : clients_) {
      if (client >= 0) tell(client, goodbye);
    }
    for (const Evaluation& one : evaluations_) {
      if (one.pid <= 0) continue;
      killEvaluation(one.pid, slotOf(one));
      waitpid(one.pid, nullptr, __WALL);
    }
    if (guard_ != wire::Guard::Seccomp) endStrays();
    removeTwinSocket(plan_.folder);
    return 0;
  }

 private:
  bool setUp() {
    alarm(0);  // that was for the walk
    sigset_t end;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigaddset(&end, SIGCONT);
    sigprocmask(SIG_BLOCK, &end, nullptr);
    signals_ = signalfd(-1, &end, SFD_CLOEXEC | SFD_NONBLOCK);
    // What the kernel sends when the process has gone: it wakes a stopped twin, too, which shall
    // say goodbye and clear its socket away.
    prctl(PR_SET_PDEATHSIG, plan_.outlivesTarget ? 0 : SIGCONT);
    listener_ = listenAsTwin(plan_.folder);
    void* shared = mmap(nullptr, sizeof(EvaluationSlot) * kMostEvaluations, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (signals_ < 0 || listener_ < 0 || shared == MAP_FAILED) return false;
    slots_ = static_cast<EvaluationSlot*>(shared);
    if (!plan_.outlivesTarget && getppid() != plan_.target) return false;
    mallocHeld_ = mallocIsHeld();
    guard_ = guardHere();
    showGuard();
    if (guard_ != wire::Guard::Seccomp) adoptStrays();
    ownBytes_ = ownMemoryBytes();
    return true;
  }

  // Appended to the name, where `whyalive ps` finds it without asking.
  void showGuard() const {
    if (guard_ == wire::Guard::Seccomp) return;
    char name[] = "whyalive-twin-0";
    name[sizeof name - 2] = static_cast<char>('0' + static_cast<unsigned>(guard_));
    prctl(PR_SET_NAME, name);
  }

  EvaluationSlot& slotOf(const Evaluation& one) { return slots_[&one - evaluations_]; }

  TwinEvent status() const {
    TwinEvent event;
    event.pid = getpid();
    event.target = plan_.target;
    event.ownBytes = ownBytes_;
    event.snapshotBytes = snapshotBytes_;
    event.ageMs = (nowNs() - started_) / 1'000'000;
    event.idleSeconds = plan_.idleSeconds;
    event.mallocHeld = mallocHeld_;
    event.reason = reason_;
    event.guard = guard_;
    return event;
  }

  void tell(int client, const TwinEvent& event, int descriptor = -1) {
    sendEvent(client, event, descriptor);
  }

  void wait() {
    pollfd waits[2 + kMostClients + kMostEvaluations];
    nfds_t count = 0;
    waits[count++] = {signals_, POLLIN, 0};
    waits[count++] = {listener_, POLLIN, 0};
    for (const int client : clients_) waits[count++] = {client, POLLIN, 0};  // -1 is ignored
    for (const Evaluation& one : evaluations_) waits[count++] = {one.handle, POLLIN, 0};
    const std::uint64_t now = nowNs();
    const std::uint64_t next = nextDeadline(now);
    const int timeout = static_cast<int>((next > now ? next - now : 0) / 1'000'000 + 1);
    if (poll(waits, count, timeout) <= 0) return;
    if (waits[0].revents && endIsWanted()) reason_ = TwinEnd::Target;
    if (waits[1].revents) greet();
    for (int i = 0; i < kMostClients; ++i) {
      if (waits[2 + i].revents) serve(i);
    }
  }

  // SIGTERM is the agent's; SIGCONT the kernel's, or somebody's who had stopped this twin.
  bool endIsWanted() const {
    bool wanted = false;
    signalfd_siginfo info;
    while (read(signals_, &info, sizeof info) == sizeof info) {
      const bool fromProcess = static_cast<pid_t>(info.ssi_pid) == plan_.target;
      wanted = wanted || info.ssi_signo == SIGTERM || fromProcess;
    }
    return wanted;
  }

  std::uint64_t nextDeadline(std::uint64_t now) const {
    std::uint64_t next = now + kLookAtMemoryEvery;
    for (const Evaluation& one : evaluations_) {
      if (one.pid > 0 && one.deadline && one.deadline < next) next = one.deadline;
    }
    return idleFrom() < next ? idleFrom() : next;
  }

  // Whoever asked for the twin has some time to join, however little it may be idle.
  std::uint64_t idleFrom() const {
    const std::uint64_t idle = lastRequest_ + plan_.idleSeconds * kSecond;
    const std::uint64_t joined = started_ + kFirstClientWithin;
    return hadClient_ || idle > joined ? idle : joined;
  }

  void greet() {
    const int client = acceptOwnUser(listener_);
    if (client < 0) return;
    for (int& place : clients_) {
      if (place >= 0) continue;
      place = client;
      hadClient_ = true;
      lastRequest_ = nowNs();
      TwinEvent welcome = status();
      welcome.kind = TwinEventKind::Welcome;
      tell(client, welcome, plan_.memory);
      return;
    }
    close(client);
  }

  void serve(int index) {
    const int client = clients_[index];
    TwinRequest request;
    int descriptors[2] = {-1, -1};
    const int got = receiveRequest(client, request, descriptors);
    if (got < 0) return leave(index);
    if (got == 0) return;
    if (request.kind != TwinRequestKind::Status) lastRequest_ = nowNs();
    handle(index, request, descriptors);
    for (const int one : descriptors) {
      if (one >= 0) close(one);
    }
  }

  void handle(int index, const TwinRequest& request, const int* descriptors) {
    if (request.protocol != wire::kTwinProtocol) return leave(index);
    switch (request.kind) {
      case TwinRequestKind::Evaluate: return evaluate(index, request, descriptors);
      case TwinRequestKind::End: reason_ = TwinEnd::Asked; return;
      case TwinRequestKind::Status:
        ownBytes_ = ownMemoryBytes();
        return tell(clients_[index], status());
      default: break;
    }
    for (Evaluation& one : evaluations_) {
      if (one.pid <= 0 || one.client != index || one.number != request.evaluation) continue;
      if (request.kind == TwinRequestKind::Interrupt) kill(one.pid, SIGINT);
      if (request.kind == TwinRequestKind::Kill) {
        one.killed = true;
        kill(one.pid, SIGKILL);
      }
      if (request.kind == TwinRequestKind::Allow) allow(one, request.milliseconds);
    }
  }

  void allow(Evaluation& one, std::uint32_t milliseconds) {
    one.deadline = milliseconds ? nowNs() + milliseconds * std::uint64_t{1'000'000} : 0;
  }

  void leave(int index) {
    close(clients_[index]);
    clients_[index] = -1;
    for (Evaluation& one : evaluations_) {
      if (one.pid <= 0 || one.client != index) continue;
      one.client = -1;
      killEvaluation(one.pid, slotOf(one));
    }
  }

  void evaluate(int index, const TwinRequest& request, const int* descriptors) {
    TwinEvent refusal;
    refusal.kind = TwinEventKind::Refused;
    refusal.evaluation = request.evaluation;
    refusal.code = EAGAIN;
    for (Evaluation& one : evaluations_) {
      if (one.pid > 0) continue;
      EvaluationSlot& slot = slotOf(one);
      slot.checkpoint.store(0);
      slot.guard.store(guard_);
      EvaluationSetup setup{descriptors[0], request.memoryBytes, getpid(), &slot};
      const pid_t pid = startEvaluation(setup, descriptors[1], plan_.evaluate);
      if (pid < 0) {
        refusal.code = -pid;
        break;
      }
      one = Evaluation{};
      one.pid = pid;
      one.handle = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
      one.client = index;
      one.number = request.evaluation;
      allow(one, request.milliseconds);
      return;
    }
    tell(clients_[index], refusal);
  }

  // Evaluations that have ended, and checkpoints that nobody needed.
  void reap() {
    int status = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, __WALL | WNOHANG)) > 0;) {
      for (Evaluation& one : evaluations_) {
        if (one.pid == pid) ended(one, status);
      }
    }
    if (guard_ != wire::Guard::Seccomp) endStrays();
  }

  void ended(Evaluation& one, int status) {
    EvaluationSlot& slot = slotOf(one);
    TwinEvent event;
    event.evaluation = one.number;
    event.guard = slot.guard.load();
    event.how = one.late            ? EvaluationEnd::TimeLimit
                : one.killed        ? EvaluationEnd::Killed
                : WIFEXITED(status) ? EvaluationEnd::Exited
                                    : EvaluationEnd::Signal;
    event.code = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
    if (one.handle >= 0) close(one.handle);
    const pid_t successor = slot.checkpoint.exchange(0);
    const bool restored = successor > 0 && !WIFEXITED(status) && one.client >= 0;
    event.kind = restored ? TwinEventKind::Restored : TwinEventKind::Ended;
    if (one.client >= 0) tell(clients_[one.client], event);
    if (successor > 0 && !restored) kill(successor, SIGKILL);
    one.pid = restored ? successor : 0;
    one.handle = restored ? static_cast<int>(syscall(SYS_pidfd_open, successor, 0)) : -1;
    one.deadline = 0;
    one.late = one.killed = false;
  }

  void enforce() {
    const std::uint64_t now = nowNs();
    for (Evaluation& one : evaluations_) {
      if (one.pid <= 0 || !one.deadline || now < one.deadline) continue;
      one.late = true;
      one.deadline = 0;
      kill(one.pid, SIGKILL);
    }
    if (now - lastLook_ >= kLookAtMemoryEvery) {
      ownBytes_ = ownMemoryBytes();
      lastLook_ = now;
    }
    if (reason_ != TwinEnd::None) return;
    // A process that has become another user's meanwhile could send no signal at its end.
    if (!plan_.outlivesTarget && getppid() != plan_.target) reason_ = TwinEnd::Target;
    if (plan_.memoryLimit && ownBytes_ > plan_.memoryLimit) reason_ = TwinEnd::Memory;
    if (now >= idleFrom()) reason_ = TwinEnd::Idle;
    if (plan_.endsWithClients && !hasClient() &&
        (hadClient_ || now - started_ > kFirstClientWithin)) {
      reason_ = TwinEnd::NoClients;
    }
  }

  bool hasClient() const {
    for (const int client : clients_) {
      if (client >= 0) return true;
    }
    return false;
  }

  const KeepPlan& plan_;
  const std::uint64_t snapshotBytes_;
  const std::uint64_t started_;
  std::uint64_t lastRequest_;
  std::uint64_t lastLook_ = 0;
  std::uint64_t ownBytes_ = 0;
  int signals_ = -1, listener_ = -1;
  int clients_[kMostClients];
  Evaluation evaluations_[kMostEvaluations];
  EvaluationSlot* slots_ = nullptr;
  wire::Guard guard_ = wire::Guard::Limits;
  bool hadClient_ = false;
  bool mallocHeld_ = false;
  TwinEnd reason_ = TwinEnd::None;
};

// The number it had may be one of the process's own, whose buffers must not reach the snapshot.
bool moveAway(int& descriptor) {
  const int moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (moved < 0 || null < 0) return false;
  const bool buried = dup3(null, descriptor, O_CLOEXEC) >= 0;
  close(null);
  descriptor = moved;
  return buried;
}

}  // namespace

bool prepareToStay(KeepPlan& plan) {
  showInProcessLists(plan.target);
  return moveAway(plan.memory) && moveAway(plan.walked);
}

int stay(const KeepPlan& plan, std::uint64_t snapshotBytes) {
  Supervisor supervisor(plan, snapshotBytes);
  return supervisor.run();
}

}  // namespace whyalive::agent
