#include "server/attach/seccomp.h"

#include <sys/mman.h>
#include <sys/syscall.h>

#include <cstddef>

#include "server/attach/architecture.h"
#include "tests/support/catch.h"

using namespace whyalive::attach;

namespace {

sock_filter load(std::uint32_t offset) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset); }
sock_filter answer(std::uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }
sock_filter unless(std::uint32_t value, std::uint8_t skip) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip);
}
constexpr std::uint32_t kNumber = offsetof(seccomp_data, nr);

// Answers one call with an action and allows the rest.
SeccompFilter against(long number, std::uint32_t action) {
  return {load(kNumber), unless(static_cast<std::uint32_t>(number), 1), answer(action),
          answer(SECCOMP_RET_ALLOW)};
}

seccomp_data callOf(long number, std::uint64_t third = 0) {
  seccomp_data call{};
  call.nr = static_cast<int>(number);
  call.arch = architecture::auditNumber();
  call.args[2] = third;
  return call;
}

}  // namespace

TEST_CASE("a filter answers by number and by argument") {
  const auto filter = against(SYS_socket, SECCOMP_RET_ERRNO | 1);
  CHECK(runFilter(filter, callOf(SYS_socket)) == (SECCOMP_RET_ERRNO | 1));
  CHECK(runFilter(filter, callOf(SYS_read)) == SECCOMP_RET_ALLOW);
  const SeccompFilter noExecutable = {
      load(offsetof(seccomp_data, args) + 2 * sizeof(std::uint64_t)),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, PROT_EXEC), unless(PROT_EXEC, 1),
      answer(SECCOMP_RET_KILL_PROCESS), answer(SECCOMP_RET_ALLOW)};
  CHECK(runFilter(noExecutable, callOf(SYS_mmap, PROT_READ | PROT_EXEC)) ==
        SECCOMP_RET_KILL_PROCESS);
  CHECK(runFilter(noExecutable, callOf(SYS_mmap, PROT_READ)) == SECCOMP_RET_ALLOW);
}

TEST_CASE("every kind of instruction does what the kernel's does") {
  const SeccompFilter filter = {BPF_STMT(BPF_LD | BPF_IMM, 6),
                                BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, 7),  // 42
                                BPF_STMT(BPF_ST, 3),
                                BPF_STMT(BPF_LDX | BPF_W | BPF_MEM, 3),
                                BPF_STMT(BPF_LD | BPF_IMM, 2),
                                BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),  // 44
                                BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 4),
                                BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 2),  // 176
                                BPF_STMT(BPF_ALU | BPF_SUB | BPF_K, 6),
                                BPF_STMT(BPF_ALU | BPF_XOR | BPF_K, 3),  // 169
                                BPF_STMT(BPF_ALU | BPF_NEG, 0),
                                BPF_STMT(BPF_ALU | BPF_NEG, 0),
                                BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 13),
                                BPF_STMT(BPF_MISC | BPF_TAX, 0),  // 13
                                BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0),
                                answer(1),
                                BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 12, 0, 1),
                                BPF_STMT(BPF_RET | BPF_A, 0),
                                answer(2)};
  CHECK(runFilter(filter, callOf(SYS_read)) == 13);
}

TEST_CASE("a program that the kernel would not have taken means death, not a crash") {
  CHECK(runFilter({}, callOf(SYS_read)) == SECCOMP_RET_KILL_PROCESS);
  CHECK(runFilter({load(4096)}, callOf(SYS_read)) == SECCOMP_RET_KILL_PROCESS);
  CHECK(runFilter({load(2), answer(0)}, callOf(SYS_read)) == SECCOMP_RET_KILL_PROCESS);
  CHECK(runFilter({BPF_STMT(BPF_ST, 99), answer(1)}, callOf(SYS_read)) == SECCOMP_RET_KILL_PROCESS);
  CHECK(runFilter({BPF_JUMP(BPF_JMP | BPF_JA, 0xffffffff, 0, 0)}, callOf(SYS_read)) ==
        SECCOMP_RET_KILL_PROCESS);
  CHECK(runFilter({BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), answer(1)}, callOf(SYS_read)) ==
        SECCOMP_RET_KILL_PROCESS);
}

TEST_CASE("the call that would end the process is named; a refused one is no danger") {
  const SeccompFilter harmless = against(SYS_ptrace, SECCOMP_RET_KILL_PROCESS);
  const SeccompFilter refuses = against(SYS_socket, SECCOMP_RET_ERRNO | 1);
  CHECK_FALSE(deadlyCall(std::vector{harmless, refuses}));
  CHECK(deadlyCall(std::vector{harmless, against(SYS_clone, SECCOMP_RET_KILL_THREAD)}) == "clone");
  CHECK(deadlyCall(std::vector<SeccompFilter>{against(SYS_openat, SECCOMP_RET_TRAP)}) == "openat");
  CHECK_FALSE(deadlyCall({}));
}
