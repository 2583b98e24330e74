#include "server/attach/safe_point.h"

#include <linux/futex.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstring>

#include "tests/support/catch.h"

using namespace whyalive::attach;

namespace {

constexpr Address kPython = 0x400000, kLibc = 0x7f0000000000, kLinker = 0x7f1000000000,
                  kExtension = 0x7f2000000000, kGenerated = 0x7f3000000000, kStack = 0x7ffe00001000,
                  kSignalReturn = kLibc + 0x3c050;

CodeMap code() {
  CodeMap map;
  map.add({kPython, kPython + 0x1000, CodeKind::Python});
  map.add({kLibc, kLibc + 0x100000, CodeKind::CLibrary});
  map.add({kLinker, kLinker + 0x1000, CodeKind::Forbidden});
  map.add({kExtension, kExtension + 0x1000, CodeKind::Other});
  map.add({kGenerated, kGenerated + 0x1000, CodeKind::Anonymous});
  return map;
}

Registers running(Address at) {
  Registers registers{};
  registers.rip = at;
  registers.rsp = kStack;
  registers.orig_rax = static_cast<std::uint64_t>(-1);
  return registers;
}

Registers waiting(long number, long result = architecture::kRestartSystem) {
  Registers registers = running(kLibc + 0x100);
  registers.orig_rax = static_cast<std::uint64_t>(number);
  registers.rax = static_cast<std::uint64_t>(result);
  return registers;
}

PointVerdict verdict(const Registers& registers, Patience patience = Patience::Strict,
                     std::span<const std::byte> stack = {}) {
  return judge({registers, stack}, code(), kSignalReturn, patience);
}

// A stack on which a handler runs that interrupted `interrupted`.
std::vector<std::byte> stackInHandler(Registers interrupted) {
  interrupted.rsp = kStack + 4096;
  const auto frame = architecture::callFrame(interrupted, 0, {}, kSignalReturn);
  std::vector<std::byte> stack(frame.stack - kStack, std::byte{0x55});
  stack.insert(stack.end(), frame.bytes.begin(), frame.bytes.end());
  return stack;
}

}  // namespace

TEST_CASE("the interpreter's own code is a safe point, the C library's and the linker's is not") {
  CHECK(verdict(running(kPython + 8)) == PointVerdict::Safe);
  CHECK(verdict(running(kLibc + 8)) == PointVerdict::Busy);
  CHECK(verdict(running(kLinker + 8)) == PointVerdict::Busy);
  CHECK(verdict(running(0x1234)) == PointVerdict::Busy);
}

TEST_CASE("other libraries' and generated code is a safe point for the patient only") {
  for (const Address at : {kExtension, kGenerated}) {
    CHECK(verdict(running(at)) == PointVerdict::Busy);
    CHECK(verdict(running(at), Patience::Wide) == PointVerdict::Safe);
  }
  CHECK(verdict(running(kLibc + 8), Patience::Wide) == PointVerdict::Busy);
  CHECK(verdict(running(kLinker + 8), Patience::Wide) == PointVerdict::Busy);
}

TEST_CASE("a thread that waits for input or time is at a safe point") {
  for (const long number : {SYS_poll, SYS_select, SYS_epoll_wait, SYS_nanosleep, SYS_read,
                            SYS_accept, SYS_clock_nanosleep, SYS_wait4, SYS_recvfrom}) {
    INFO(number);
    CHECK(verdict(waiting(number)) == PointVerdict::Safe);
    CHECK(verdict(waiting(number, 1)) == PointVerdict::Safe);  // it has just ended
  }
}

TEST_CASE("a system call made by the dynamic linker or another library is none") {
  Registers registers = waiting(SYS_read);
  registers.rip = kLinker + 16;
  CHECK(verdict(registers) == PointVerdict::Blocked);
  registers.rip = kExtension + 16;
  CHECK(verdict(registers, Patience::Wide) == PointVerdict::Blocked);
}

TEST_CASE("a call whose interruption a caller would notice is no safe point") {
  CHECK(verdict(waiting(SYS_write)) == PointVerdict::Blocked);
  CHECK(verdict(waiting(SYS_connect)) == PointVerdict::Blocked);
  Registers receive = waiting(SYS_recvfrom);
  receive.r10 = MSG_WAITALL;
  CHECK(verdict(receive) == PointVerdict::Blocked);
}

TEST_CASE("a futex wait is safe in a queue, not for a lock") {
  Registers futex = waiting(SYS_futex);
  SECTION("condition variable or semaphore") {
    futex.rsi = FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME;
    futex.rdx = 7;
    CHECK(verdict(futex) == PointVerdict::Safe);
  }
  SECTION("condition variable of an old C library") {
    futex.rsi = FUTEX_WAIT | FUTEX_PRIVATE_FLAG;
    futex.rdx = 0;
    CHECK(verdict(futex) == PointVerdict::Safe);
  }
  SECTION("malloc's lock, or any mutex") {
    futex.rsi = FUTEX_WAIT | FUTEX_PRIVATE_FLAG;
    futex.rdx = 2;
    CHECK(verdict(futex) == PointVerdict::Blocked);
  }
}

TEST_CASE("in a signal handler, what it interrupted counts") {
  const Registers inHandler = running(kPython + 8);
  CHECK(verdict(inHandler, Patience::Strict, stackInHandler(running(kPython + 99))) ==
        PointVerdict::Safe);
  CHECK(verdict(inHandler, Patience::Strict, stackInHandler(running(kLibc + 99))) ==
        PointVerdict::Busy);
  CHECK(verdict(inHandler, Patience::Strict, stackInHandler(running(kExtension))) ==
        PointVerdict::Busy);
  CHECK(verdict(inHandler, Patience::Wide, stackInHandler(running(kExtension))) ==
        PointVerdict::Safe);
  Registers wait = running(kLibc + 99);
  wait.rax = static_cast<std::uint64_t>(-EINTR);
  CHECK(verdict(inHandler, Patience::Strict, stackInHandler(wait)) == PointVerdict::Safe);
}

TEST_CASE("an address that only looks like a handler's return is no signal frame") {
  std::vector<std::byte> stack(512, std::byte{0xff});
  std::memcpy(stack.data() + 64, &kSignalReturn, sizeof kSignalReturn);
  CHECK(verdict(running(kPython), Patience::Strict, stack) == PointVerdict::Safe);
}

TEST_CASE("calls that fail with EINTR at every stop are repeated if they had no time limit") {
  Registers epoll = waiting(SYS_epoll_wait, -EINTR);
  epoll.r10 = static_cast<std::uint32_t>(-1);
  CHECK(repeatsUnnoticed(architecture::systemCall(epoll)));
  epoll.r10 = 1000;
  CHECK_FALSE(repeatsUnnoticed(architecture::systemCall(epoll)));
  epoll.r10 = static_cast<std::uint32_t>(-1);
  epoll.rax = 1;
  CHECK_FALSE(repeatsUnnoticed(architecture::systemCall(epoll)));
}

TEST_CASE("what a thread does is seen without stopping it") {
  const CodeMap map = code();
  CHECK(judge(parseGlimpse("running\n"), map) == PointVerdict::Busy);
  CHECK(judge(parseGlimpse(""), map) == PointVerdict::Busy);
  const auto poll =
      parseGlimpse("7 0x1 0x2 0xffffffff 0x0 0x0 0x0 0x7ffe00001000 0x7f0000000010\n");
  CHECK(poll.call.number == SYS_poll);
  CHECK(poll.call.arguments[2] == 0xffffffff);
  CHECK(judge(poll, map) == PointVerdict::Safe);
  const auto inLinker = parseGlimpse("0 0x1 0x2 0x3 0x0 0x0 0x0 0x7ffe00001000 0x7f1000000010\n");
  CHECK(judge(inLinker, map) == PointVerdict::Blocked);
  const auto inKernel = parseGlimpse("-1 0x7ffe00001000 0x7f0000000010\n");
  CHECK(judge(inKernel, map) == PointVerdict::Blocked);
}
