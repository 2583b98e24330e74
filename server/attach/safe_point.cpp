#include "server/attach/safe_point.h"

#include <linux/futex.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <charconv>
#include <cstring>

namespace whyalive::attach {
namespace {

// A futex wait is either a lock or a queue. Locks of the C library (malloc's arenas, the dynamic
// linker's, pthread mutexes) wait with FUTEX_WAIT until the word is no longer 2, "taken, and others
// wait". Condition variables, semaphores and joins wait with FUTEX_WAIT_BITSET, older ones with
// FUTEX_WAIT on 0; nobody waits in a queue holding malloc's lock.
bool waitsInQueue(const architecture::SystemCall& call) {
  const auto operation = static_cast<int>(call.arguments[1]) & FUTEX_CMD_MASK;
  if (operation == FUTEX_WAIT_BITSET) return true;
  return operation == FUTEX_WAIT && static_cast<std::uint32_t>(call.arguments[2]) == 0;
}

// An interrupted MSG_WAITALL comes back with what it has so far: the caller would notice.
bool receivesAtOnce(std::uint64_t flags) { return (flags & MSG_WAITALL) == 0; }

bool endedByEintr(const architecture::SystemCall& call) { return call.result == -EINTR; }

bool interruptedWaiting(const architecture::InterruptedContext& context, const CodeMap& code) {
  return code.kindAt(context.programCounter) == CodeKind::CLibrary && context.result == -EINTR;
}

// A signal handler runs on this thread: what it interrupted counts, not where the handler is.
bool interruptedSafely(const StoppedThread& thread, const CodeMap& code, Address signalReturn,
                       Patience patience) {
  const Address base = architecture::stackPointer(thread.registers);
  const std::size_t misaligned = (8 - base % 8) % 8;
  for (std::size_t at = misaligned; at + 8 <= thread.stack.size(); at += 8) {
    Address word = 0;
    std::memcpy(&word, thread.stack.data() + at, sizeof word);
    if (word != signalReturn) continue;
    const auto context =
        architecture::signalFrameAt(thread.stack.subspan(at), base + at, signalReturn);
    if (!context) continue;
    const CodeKind kind = code.kindAt(context->programCounter);
    const bool wide = patience == Patience::Wide;
    const bool fine = kind == CodeKind::Python || (wide && kind == CodeKind::Other) ||
                      (wide && kind == CodeKind::Anonymous) || interruptedWaiting(*context, code);
    if (!fine) return false;
  }
  return true;
}

template <class Number>
bool nextNumber(std::string_view& text, Number& value, int base) {
  text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  if (base == 16 && text.starts_with("0x")) text.remove_prefix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

CodeKind CodeMap::kindAt(Address address) const {
  for (const CodeRange& range : ranges_) {
    if (address >= range.start && address < range.end) return range.kind;
  }
  return CodeKind::Unknown;
}

bool waitsWithoutLocks(const architecture::SystemCall& call) {
  switch (call.number) {
#ifdef SYS_poll
    case SYS_poll:
    case SYS_select:
    case SYS_epoll_wait:
    case SYS_pause:
#endif
    case SYS_read:
    case SYS_ppoll:
    case SYS_pselect6:
    case SYS_epoll_pwait:
#ifdef SYS_epoll_pwait2
    case SYS_epoll_pwait2:
#endif
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
    case SYS_accept:
    case SYS_accept4:
    case SYS_wait4:
    case SYS_waitid:
    case SYS_rt_sigtimedwait:
    case SYS_rt_sigsuspend: return true;
    case SYS_recvfrom: return receivesAtOnce(call.arguments[3]);
    case SYS_recvmsg: return receivesAtOnce(call.arguments[2]);
    case SYS_futex: return waitsInQueue(call);
    default: return false;
  }
}

bool repeatsUnnoticed(const architecture::SystemCall& call) {
  if (!endedByEintr(call)) return false;
  constexpr auto forEver = static_cast<std::uint32_t>(-1);
  switch (call.number) {
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
    case SYS_epoll_pwait: return static_cast<std::uint32_t>(call.arguments[3]) == forEver;
#ifdef SYS_epoll_pwait2
    case SYS_epoll_pwait2: return call.arguments[3] == 0;
#endif
    case SYS_rt_sigtimedwait: return call.arguments[2] == 0;
    case SYS_read:  // EINTR only from a socket with a receive time limit, before any byte was taken
    case SYS_accept:
    case SYS_accept4:
    case SYS_recvfrom:
    case SYS_recvmsg: return true;
    default: return false;
  }
}

PointVerdict judge(const StoppedThread& thread, const CodeMap& code, Address signalReturn,
                   Patience patience) {
  const architecture::SystemCall call = architecture::systemCall(thread.registers);
  const CodeKind kind = code.kindAt(architecture::programCounter(thread.registers));
  bool here = false;
  if (call.number >= 0) {
    here = kind == CodeKind::CLibrary && waitsWithoutLocks(call);
    const bool waits = call.result <= architecture::kRestartSystem || endedByEintr(call);
    if (!here && waits) return PointVerdict::Blocked;
  } else {
    here = kind == CodeKind::Python ||
           (patience == Patience::Wide && (kind == CodeKind::Other || kind == CodeKind::Anonymous));
  }
  if (!here || !interruptedSafely(thread, code, signalReturn, patience)) return PointVerdict::Busy;
  return PointVerdict::Safe;
}

Glimpse parseGlimpse(std::string_view text) {
  Glimpse glimpse;
  if (text.starts_with("running")) {
    glimpse.doing = Glimpse::Doing::Running;
    return glimpse;
  }
  long number = -1;
  if (!nextNumber(text, number, 10)) return glimpse;
  glimpse.call.number = number;
  if (number >= 0) {
    for (std::uint64_t& argument : glimpse.call.arguments) {
      if (!nextNumber(text, argument, 16)) return glimpse;
    }
  }
  Address stack = 0;
  if (!nextNumber(text, stack, 16) || !nextNumber(text, glimpse.programCounter, 16)) return glimpse;
  glimpse.doing = Glimpse::Doing::Waiting;
  return glimpse;
}

PointVerdict judge(const Glimpse& glimpse, const CodeMap& code) {
  if (glimpse.doing != Glimpse::Doing::Waiting) return PointVerdict::Busy;
  const bool listed = glimpse.call.number >= 0 && waitsWithoutLocks(glimpse.call) &&
                      code.kindAt(glimpse.programCounter) == CodeKind::CLibrary;
  return listed ? PointVerdict::Safe : PointVerdict::Blocked;
}

}  // namespace whyalive::attach
