// The instructions are those that seccomp admits (kernel, seccomp_check_filter): loads of aligned
// words of seccomp_data, immediate and scratch memory, ALU, forward jumps, return.
#include "server/attach/seccomp.h"

#include <linux/sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "server/attach/architecture.h"

namespace whyalive::attach {
namespace {

constexpr std::uint32_t kDeath = SECCOMP_RET_KILL_PROCESS;

struct Machine {
  std::uint32_t a = 0;
  std::uint32_t x = 0;
  std::array<std::uint32_t, BPF_MEMWORDS> memory{};
};

std::optional<std::uint32_t> calculated(const sock_filter& step, const Machine& machine) {
  const std::uint32_t operand = BPF_SRC(step.code) == BPF_X ? machine.x : step.k;
  switch (BPF_OP(step.code)) {
    case BPF_ADD: return machine.a + operand;
    case BPF_SUB: return machine.a - operand;
    case BPF_MUL: return machine.a * operand;
    case BPF_DIV: return operand == 0 ? std::optional<std::uint32_t>() : machine.a / operand;
    case BPF_OR: return machine.a | operand;
    case BPF_AND: return machine.a & operand;
    case BPF_XOR: return machine.a ^ operand;
    case BPF_LSH: return operand > 31 ? 0 : machine.a << operand;
    case BPF_RSH: return operand > 31 ? 0 : machine.a >> operand;
    case BPF_NEG: return 0u - machine.a;
    default: return {};
  }
}

std::optional<std::uint32_t> loaded(const sock_filter& step, const Machine& machine,
                                    const seccomp_data& call) {
  std::uint32_t word = 0;
  switch (BPF_MODE(step.code)) {
    case BPF_IMM: return step.k;
    case BPF_LEN: return sizeof call;
    case BPF_MEM:
      return step.k < BPF_MEMWORDS ? machine.memory[step.k] : std::optional<std::uint32_t>();
    case BPF_ABS:
      if (step.k % 4 != 0 || step.k > sizeof call - 4) return {};
      std::memcpy(&word, reinterpret_cast<const std::byte*>(&call) + step.k, sizeof word);
      return word;
    default: return {};
  }
}

bool jumps(const sock_filter& step, const Machine& machine) {
  const std::uint32_t operand = BPF_SRC(step.code) == BPF_X ? machine.x : step.k;
  switch (BPF_OP(step.code)) {
    case BPF_JEQ: return machine.a == operand;
    case BPF_JGT: return machine.a > operand;
    case BPF_JGE: return machine.a >= operand;
    case BPF_JSET: return (machine.a & operand) != 0;
    default: return false;
  }
}

// One step that is no jump and no return; false if it breaks the rules.
bool execute(const sock_filter& step, Machine& machine, const seccomp_data& call) {
  switch (BPF_CLASS(step.code)) {
    case BPF_LD:
    case BPF_LDX: {
      const auto value = loaded(step, machine, call);
      if (value) (BPF_CLASS(step.code) == BPF_LD ? machine.a : machine.x) = *value;
      return value.has_value();
    }
    case BPF_ALU: {
      const auto value = calculated(step, machine);
      if (value) machine.a = *value;
      return value.has_value();
    }
    case BPF_ST:
    case BPF_STX:
      if (step.k >= BPF_MEMWORDS) return false;
      machine.memory[step.k] = BPF_CLASS(step.code) == BPF_ST ? machine.a : machine.x;
      return true;
    case BPF_MISC:
      if (BPF_MISCOP(step.code) == BPF_TAX)
        machine.x = machine.a;
      else
        machine.a = machine.x;
      return true;
    default: return false;
  }
}

struct NeededCall {
  const char* name;
  long number;
  std::array<std::uint64_t, 6> arguments{};
};

constexpr std::uint64_t kThreadFlags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND |
                                       CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
                                       CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

// What the loader, the C library on its behalf, and the agent's start do.
std::vector<NeededCall> neededCalls() {
  return {{"mmap", SYS_mmap, {0, 8192, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS}},
          {"mprotect", SYS_mprotect, {0x1000, 4096, PROT_READ | PROT_WRITE}},
          {"munmap", SYS_munmap},
          {"clone", SYS_clone, {kThreadFlags}},
#ifdef SYS_clone3
          {"clone3", SYS_clone3},
#endif
          {"set_robust_list", SYS_set_robust_list},
          {"rt_sigprocmask", SYS_rt_sigprocmask},
          {"gettid", SYS_gettid},
          {"clock_gettime", SYS_clock_gettime, {1}},
          {"clock_nanosleep", SYS_clock_nanosleep},
          {"sched_yield", SYS_sched_yield},
          {"rt_sigreturn", SYS_rt_sigreturn},
          {"futex", SYS_futex},
          {"madvise", SYS_madvise},
          {"exit", SYS_exit},
          {"openat", SYS_openat, {static_cast<std::uint64_t>(-100)}},
          {"read", SYS_read},
          {"fstat", SYS_fstat},
          {"close", SYS_close},
          {"socket", SYS_socket, {AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC}},
          {"bind", SYS_bind},
          {"listen", SYS_listen}};
}

}  // namespace

std::uint32_t runFilter(const SeccompFilter& filter, const seccomp_data& call) {
  Machine machine;
  for (std::size_t at = 0; at < filter.size(); ++at) {  // jumps go forward only: it ends
    const sock_filter& step = filter[at];
    if (BPF_CLASS(step.code) == BPF_RET) {
      return BPF_RVAL(step.code) == BPF_A ? machine.a : step.k;
    }
    if (BPF_CLASS(step.code) == BPF_JMP) {
      at += BPF_OP(step.code) == BPF_JA ? step.k : (jumps(step, machine) ? step.jt : step.jf);
    } else if (!execute(step, machine, call)) {
      return kDeath;
    }
  }
  return kDeath;
}

std::optional<std::string> deadlyCall(std::span<const SeccompFilter> filters) {
  for (const NeededCall& needed : neededCalls()) {
    seccomp_data call{};
    call.nr = static_cast<int>(needed.number);
    call.arch = architecture::auditNumber();
    std::ranges::copy(needed.arguments, call.args);
    for (const SeccompFilter& filter : filters) {
      const std::uint32_t action = runFilter(filter, call) & SECCOMP_RET_ACTION_FULL;
      if (action == SECCOMP_RET_KILL_PROCESS || action == SECCOMP_RET_KILL_THREAD ||
          action == SECCOMP_RET_TRAP || action == SECCOMP_RET_TRACE) {
        return needed.name;
      }
    }
  }
  return {};
}

}  // namespace whyalive::attach
