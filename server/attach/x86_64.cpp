// x86-64. The signal frame is the kernel's (arch/x86/include/asm/sigframe.h,
// uapi/asm/sigcontext.h), laid out by hand so that it can be tested and read back.
//
//      lower addresses
//   stack ─► return address = signalReturn        16n + 8, as the ABI wants it on entry
//            ucontext: flags, link, altstack       ◄ stack pointer when signalReturn runs
//            sigcontext: registers, pointer to FPU state
//            signal mask
//            (64-byte aligned) FPU state, magic number
//            128 bytes red zone
//            ◄ stack pointer of the interrupted code
#if defined(__x86_64__)

#include <cpuid.h>
#include <elf.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "server/attach/architecture.h"

namespace whyalive::attach::architecture {
namespace {

constexpr std::uint8_t kSignalReturn[] = {0x48, 0xc7, 0xc0, SYS_rt_sigreturn, 0, 0, 0, 0x0f, 0x05};
constexpr std::uint8_t kSystemCallGadget[] = {0x0f, 0x05, 0xc3};
constexpr std::uint64_t kSystemCallLength = 2;
constexpr std::uint64_t kRedZone = 128;
constexpr std::uint64_t kDirectionFlag = 0x400;
constexpr std::uint64_t kTrapFlag = 0x100;

struct SignalContext {  // struct sigcontext_64
  std::uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
  std::uint64_t di, si, bp, bx, dx, ax, cx, sp, ip, flags;
  std::uint16_t cs, gs, fs, ss;
  std::uint64_t error, trap, oldMask, cr2;
  std::uint64_t floatingPoint;
  std::uint64_t reserved[8];
};
static_assert(sizeof(SignalContext) == 256);

struct UserContext {  // struct ucontext as the kernel has it: a mask of 8 bytes
  std::uint64_t flags;
  std::uint64_t link;
  std::uint64_t stackPointer;
  std::int32_t stackFlags;
  std::uint32_t padding;
  std::uint64_t stackSize;
  SignalContext registers;
  std::uint64_t mask;
};
static_assert(sizeof(UserContext) == 304);

constexpr std::uint64_t kExtendedState = 1, kStackSegment = 2, kStrictStackSegment = 4;
constexpr std::uint64_t kKnownFlags = kExtendedState | kStackSegment | kStrictStackSegment;
// Makes the kernel's restore_altstack() fail with EINVAL, which it ignores: the stack stays as it
// is.
constexpr std::int32_t kLeaveAlternateStack = 0x7ffffff0;

struct ExtendedHeader {  // struct _fpx_sw_bytes, in bytes 464…511 of the FXSAVE area
  std::uint32_t magic1;
  std::uint32_t extendedSize;
  std::uint64_t features;
  std::uint32_t stateSize;
  std::uint32_t padding[7];
};
static_assert(sizeof(ExtendedHeader) == 48);
constexpr std::size_t kExtendedHeaderAt = 464;
constexpr std::size_t kLegacySize = 512;
constexpr std::size_t kStateHeaderEnd = 576;
constexpr std::uint32_t kMagic1 = 0x46505853;
constexpr std::uint32_t kMagic2 = 0x46505845;
constexpr std::size_t kLargestState = 16384;
constexpr std::uint64_t kTileFeatures = std::uint64_t{3} << 17;  // AMX: granted on request only

bool restarts(long result) {
  return result == kRestartSystem || result == kRestartNoInterrupt || result == kRestartNoHandler;
}

// The size of the standard-format state that holds these features (CPUID leaf 13).
std::uint32_t sizeOfState(std::uint64_t features) {
  std::uint32_t size = kStateHeaderEnd;
  for (unsigned feature = 2; feature < 63; ++feature) {
    if ((features >> feature & 1) == 0) continue;
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (__get_cpuid_count(13, feature, &a, &b, &c, &d) == 0 || a == 0) continue;
    if ((c & 1) == 0) size = std::max(size, a + b);  // bit 0: a supervisor state, never here
  }
  return size;
}

// The state as ptrace gives it, in the form that a signal frame has.
std::vector<std::byte> framedState(std::span<const std::byte> state) {
  std::vector<std::byte> framed(state.begin(), state.end());
  if (framed.size() < kStateHeaderEnd) return framed;  // FXSAVE only
  std::uint64_t mask = 0, inUse = 0;
  std::memcpy(&mask, framed.data() + kExtendedHeaderAt, sizeof mask);
  std::memcpy(&inUse, framed.data() + kLegacySize, sizeof inUse);
  if ((inUse & kTileFeatures) == 0) mask &= ~kTileFeatures;
  const auto size =
      std::min<std::uint32_t>(sizeOfState(mask), static_cast<std::uint32_t>(framed.size()));
  framed.resize(size);
  ExtendedHeader header{};
  header.magic1 = kMagic1;
  header.extendedSize = size + sizeof kMagic2;
  header.features = mask;
  header.stateSize = size;
  std::memcpy(framed.data() + kExtendedHeaderAt, &header, sizeof header);
  const auto* magic = reinterpret_cast<const std::byte*>(&kMagic2);
  framed.insert(framed.end(), magic, magic + sizeof kMagic2);
  return framed;
}

SignalContext contextOf(const Registers& r) {
  SignalContext c{};
  c.r8 = r.r8, c.r9 = r.r9, c.r10 = r.r10, c.r11 = r.r11;
  c.r12 = r.r12, c.r13 = r.r13, c.r14 = r.r14, c.r15 = r.r15;
  c.di = r.rdi, c.si = r.rsi, c.bp = r.rbp, c.bx = r.rbx;
  c.dx = r.rdx, c.ax = r.rax, c.cx = r.rcx, c.sp = r.rsp;
  c.ip = r.rip, c.flags = r.eflags;
  c.cs = static_cast<std::uint16_t>(r.cs), c.ss = static_cast<std::uint16_t>(r.ss);
  return c;
}

constexpr Address alignedDown(Address address, Address to) { return address / to * to; }

}  // namespace

bool supported() { return true; }
std::uint16_t elfMachine() { return EM_X86_64; }
std::uint32_t auditNumber() { return AUDIT_ARCH_X86_64; }
int floatingPointSet() { return NT_X86_XSTATE; }
Address programCounter(const Registers& r) { return r.rip; }
Address stackPointer(const Registers& r) { return r.rsp; }
std::span<const std::uint8_t> signalReturnCode() { return kSignalReturn; }
std::span<const std::uint8_t> systemCallGadget() { return kSystemCallGadget; }

SystemCall systemCall(const Registers& r) {
  SystemCall call;
  call.number = static_cast<long>(r.orig_rax);
  call.result = static_cast<long>(r.rax);
  call.arguments = {r.rdi, r.rsi, r.rdx, r.r10, r.r8, r.r9};
  return call;
}

Registers repeatingCall(const Registers& stopped) {
  Registers r = stopped;
  r.rip -= kSystemCallLength;
  r.rax = r.orig_rax;
  r.orig_rax = static_cast<std::uint64_t>(-1);
  return r;
}

Registers resumable(const Registers& stopped) {
  const SystemCall call = systemCall(stopped);
  if (call.number >= 0 && restarts(call.result)) return repeatingCall(stopped);
  Registers r = stopped;
  if (call.number >= 0 && call.result == kRestartBlock) r.rax = static_cast<std::uint64_t>(-EINTR);
  r.orig_rax = static_cast<std::uint64_t>(-1);
  return r;
}

CallFrame callFrame(const Registers& then, std::uint64_t signalMask,
                    std::span<const std::byte> floatingPoint, Address signalReturn) {
  const std::vector<std::byte> state = framedState(floatingPoint);
  const Address stateAt = alignedDown(then.rsp - kRedZone - state.size(), 64);
  const Address contextAt = alignedDown(stateAt - sizeof(UserContext), 16);
  UserContext context{};
  context.flags = kKnownFlags;
  context.stackFlags = kLeaveAlternateStack;
  context.registers = contextOf(then);
  context.registers.floatingPoint = state.empty() ? 0 : stateAt;
  context.mask = signalMask;
  CallFrame frame;
  frame.stack = contextAt - sizeof(Address);
  frame.bytes.resize(stateAt + state.size() - frame.stack);
  std::memcpy(frame.bytes.data(), &signalReturn, sizeof signalReturn);
  std::memcpy(frame.bytes.data() + sizeof signalReturn, &context, sizeof context);
  std::ranges::copy(state,
                    frame.bytes.begin() + static_cast<std::ptrdiff_t>(stateAt - frame.stack));
  return frame;
}

Registers calling(const Registers& from, Address function, std::span<const std::uint64_t> arguments,
                  const CallFrame& frame) {
  const auto argument = [&](std::size_t i) { return i < arguments.size() ? arguments[i] : 0; };
  Registers r = from;
  r.rip = function;
  r.rsp = frame.stack;
  r.rdi = argument(0), r.rsi = argument(1), r.rdx = argument(2);
  r.rcx = argument(3), r.r8 = argument(4), r.r9 = argument(5);
  r.rax = 0;
  r.rbp = 0;
  r.eflags &= ~(kDirectionFlag | kTrapFlag);
  r.orig_rax = static_cast<std::uint64_t>(-1);  // nothing to restart
  return r;
}

Registers callingSystem(const Registers& from, Address gadget, long number,
                        std::span<const std::uint64_t> arguments, const CallFrame& frame) {
  Registers r = calling(from, gadget, arguments, frame);
  r.r10 = r.rcx;
  r.rax = static_cast<std::uint64_t>(number);
  return r;
}

bool isSignalReturn(const Registers& atEntry, const CallFrame& frame) {
  return static_cast<long>(atEntry.orig_rax) == SYS_rt_sigreturn &&
         atEntry.rsp == frame.stack + sizeof(Address);
}

std::optional<InterruptedContext> signalFrameAt(std::span<const std::byte> bytes, Address address,
                                                Address signalReturn) {
  Address returnAddress = 0;
  UserContext context;
  if (bytes.size() < sizeof returnAddress + sizeof context) return {};
  std::memcpy(&returnAddress, bytes.data(), sizeof returnAddress);
  if (returnAddress != signalReturn) return {};
  std::memcpy(&context, bytes.data() + sizeof returnAddress, sizeof context);
  const Address state = context.registers.floatingPoint;
  const bool stateFits =
      state == 0 || (state % 64 == 0 && state > address && state - address < kLargestState);
  if ((context.flags & ~kKnownFlags) != 0 || context.link != 0 || !stateFits) return {};
  return InterruptedContext{context.registers.ip, static_cast<long>(context.registers.ax)};
}

}  // namespace whyalive::attach::architecture

#endif
