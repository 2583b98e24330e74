// All that the loader has to know about a processor: registers, how a function is called, how a
// system call looks, and the kernel's signal frame. One source file per architecture implements it
// (x86_64.cpp); porting the loader means writing another.
//
// Pure: registers and bytes in, registers and bytes out; ptrace itself is elsewhere.
#pragma once

#include <sys/user.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "server/attach/memory_map.h"

namespace whyalive::attach {

#if defined(__x86_64__) || defined(__aarch64__)
using Registers = user_regs_struct;
#else
#error "server/attach knows x86-64 and (to be written) arm64"
#endif

namespace architecture {

// Whether the loader can work here at all, and the ELF machine number (e_machine) it works for.
bool supported();
std::uint16_t elfMachine();

// The seccomp number of this architecture (AUDIT_ARCH_…).
std::uint32_t auditNumber();

Address programCounter(const Registers& registers);
Address stackPointer(const Registers& registers);

// What a stopped thread was doing in the kernel.
struct SystemCall {
  long number = -1;  // -1: it was not in one
  long result = 0;  // at a stop: the kernel's internal "restart" codes, or a finished call's result
  std::array<std::uint64_t, 6> arguments{};
};
SystemCall systemCall(const Registers& registers);

// The kernel's codes for "interrupted, to be restarted" (linux/errno.h; not in any user header).
inline constexpr long kRestartSystem = -512;
inline constexpr long kRestartNoInterrupt = -513;
inline constexpr long kRestartNoHandler = -514;
inline constexpr long kRestartBlock = -516;

// Registers that go on where `stopped` stood without the kernel's help, as after a signal handler:
// an interrupted call is made again, or returns EINTR where only the kernel could restart it.
Registers resumable(const Registers& stopped);

// The same stop, with a call that came back with EINTR made again.
Registers repeatingCall(const Registers& stopped);

// The code of the C library's signal return (the handlers' return address), found by its bytes.
std::span<const std::uint8_t> signalReturnCode();

// A "system call; return" in code, found by its bytes.
std::span<const std::uint8_t> systemCallGadget();

// Where a call's pieces are on the interrupted thread's stack.
struct CallFrame {
  Address stack = 0;  // the stack pointer on entry to the called function
  std::vector<std::byte>
      bytes;  // what has to be at `stack`: return address, signal frame, FPU state
};

// A frame that, when the called function returns to `signalReturn`, restores `then`, the signal
// mask and the floating-point state, with or without a tracer. The alternate signal stack is left
// alone.
CallFrame callFrame(const Registers& then, std::uint64_t signalMask,
                    std::span<const std::byte> floatingPoint, Address signalReturn);

// Registers about to run function(arguments…) on that frame.
Registers calling(const Registers& from, Address function, std::span<const std::uint64_t> arguments,
                  const CallFrame& frame);

// Registers about to make a system call through the gadget.
Registers callingSystem(const Registers& from, Address gadget, long number,
                        std::span<const std::uint64_t> arguments, const CallFrame& frame);

// At the entry of a system call: whether it is that frame's signal return, that is, the call ended.
bool isSignalReturn(const Registers& atEntry, const CallFrame& frame);

// What a signal interrupted, if a signal frame is at `address` on a thread's stack. `bytes` start
// there, with the handler's return address.
struct InterruptedContext {
  Address programCounter = 0;
  long result = 0;  // the register of system call results
};
std::optional<InterruptedContext> signalFrameAt(std::span<const std::byte> bytes, Address address,
                                                Address signalReturn);

// The ptrace register set that holds the floating-point state.
int floatingPointSet();

}  // namespace architecture
}  // namespace whyalive::attach
