#include "server/attach/architecture.h"

#include <sys/syscall.h>

#include <cerrno>
#include <cstring>

#include "tests/support/catch.h"

using namespace whyalive::attach;

namespace {

Registers stopped(long number, long result) {
  Registers registers{};
  registers.rip = 0x7f0000001002;
  registers.rsp = 0x7ffe00010008;
  registers.rbx = 42;
  registers.orig_rax = static_cast<std::uint64_t>(number);
  registers.rax = static_cast<std::uint64_t>(result);
  return registers;
}

}  // namespace

TEST_CASE("an interrupted system call is made again if we die") {
  const Registers then = architecture::resumable(stopped(SYS_poll, architecture::kRestartSystem));
  CHECK(then.rip == 0x7f0000001000);
  CHECK(then.rax == SYS_poll);
  CHECK(then.rbx == 42);
  CHECK(static_cast<long>(then.orig_rax) == -1);
}

TEST_CASE("a call that only the kernel can restart ends with EINTR if we die") {
  const Registers then = architecture::resumable(stopped(SYS_poll, architecture::kRestartBlock));
  CHECK(then.rip == 0x7f0000001002);
  CHECK(static_cast<long>(then.rax) == -EINTR);
}

TEST_CASE("a finished call keeps its result") {
  const Registers then = architecture::resumable(stopped(SYS_read, 17));
  CHECK(then.rip == 0x7f0000001002);
  CHECK(then.rax == 17);
}

TEST_CASE("a call frame lies below the red zone, aligned, and reads back as a signal frame") {
  const Registers then = stopped(-1, 5);
  std::vector<std::byte> state(2696);
  const std::uint64_t features = 7;
  std::memcpy(state.data() + 464, &features, sizeof features);
  const auto frame = architecture::callFrame(then, 0, state, 0x1234);
  CHECK(frame.stack % 16 == 8);
  CHECK(frame.stack + frame.bytes.size() <= then.rsp - 128);
  const auto context = architecture::signalFrameAt(frame.bytes, frame.stack, 0x1234);
  REQUIRE(context);
  CHECK(context->programCounter == then.rip);
  CHECK(context->result == 5);
  CHECK_FALSE(architecture::signalFrameAt(frame.bytes, frame.stack, 0x4321));
  CHECK_FALSE(architecture::signalFrameAt(std::span(frame.bytes).first(100), frame.stack, 0x1234));
}

TEST_CASE("a function is called with its arguments and nothing to restart") {
  const Registers from = stopped(SYS_poll, architecture::kRestartSystem);
  const auto frame = architecture::callFrame(from, 0, {}, 0x1234);
  const std::uint64_t arguments[] = {1, 2, 3, 4};
  const Registers call = architecture::calling(from, 0x5000, arguments, frame);
  CHECK(architecture::programCounter(call) == 0x5000);
  CHECK(architecture::stackPointer(call) == frame.stack);
  CHECK(call.rdi == 1);
  CHECK(call.rcx == 4);
  CHECK(architecture::systemCall(call).number == -1);
  const Registers system = architecture::callingSystem(from, 0x6000, SYS_mmap, arguments, frame);
  CHECK(system.rax == SYS_mmap);
  CHECK(system.r10 == 4);
}

TEST_CASE("a call has ended when its own frame's signal return is asked for, not another's") {
  const auto frame = architecture::callFrame(stopped(-1, 0), 0, {}, 0x1234);
  Registers entry = stopped(SYS_rt_sigreturn, 0);
  entry.rsp = frame.stack + 8;
  CHECK(architecture::isSignalReturn(entry, frame));
  entry.rsp += 64;
  CHECK_FALSE(architecture::isSignalReturn(entry, frame));
  entry.rsp = frame.stack + 8;
  entry.orig_rax = SYS_mmap;
  CHECK_FALSE(architecture::isSignalReturn(entry, frame));
}
