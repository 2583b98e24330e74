#include "agent/twin/guard.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <initializer_list>

#include "agent/twin/landlock.h"
#include "agent/twin/memory_use.h"
#include "agent/twin/raw_clone.h"

namespace whyalive::agent {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t kArchitecture = AUDIT_ARCH_AARCH64;
#else
#error "no filter for this architecture yet"
#endif

constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
constexpr std::uint32_t kUnknown = SECCOMP_RET_ERRNO | ENOSYS;

// What is refused whatever its arguments are.
constexpr int kRefused[] = {
    // other processes and the network
    SYS_connect,
    SYS_bind,
    SYS_listen,
    SYS_accept,
    SYS_accept4,
    SYS_socket,
    SYS_sendmsg,
    SYS_sendmmsg,
    SYS_tkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_ptrace,
    SYS_process_vm_writev,
    SYS_execve,
    SYS_execveat,
    SYS_setpriority,
    SYS_sched_setaffinity,
    SYS_sched_setscheduler,
    SYS_sched_setparam,
    SYS_sched_setattr,
    SYS_ioprio_set,
    SYS_migrate_pages,
    SYS_move_pages,
    SYS_setpgid,
    SYS_setsid,
    SYS_kcmp,
    // files
    SYS_unlinkat,
    SYS_renameat2,
    SYS_linkat,
    SYS_symlinkat,
    SYS_mkdirat,
    SYS_mknodat,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_fchownat,
    SYS_truncate,
    SYS_ftruncate,
    SYS_fallocate,
    SYS_utimensat,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
    SYS_flock,
    SYS_copy_file_range,
    SYS_sendfile,
    SYS_splice,
    SYS_tee,
    SYS_vmsplice,
    SYS_memfd_create,
    SYS_open_by_handle_at,
    SYS_fanotify_init,
    SYS_fanotify_mark,
    // queues and semaphores shared by name
    SYS_shmget,
    SYS_shmat,
    SYS_shmctl,
    SYS_semget,
    SYS_semctl,
    SYS_semop,
    SYS_semtimedop,
    SYS_msgget,
    SYS_msgsnd,
    SYS_msgrcv,
    SYS_msgctl,
    SYS_mq_open,
    SYS_mq_unlink,
    SYS_mq_timedsend,
    SYS_mq_timedreceive,
    SYS_mq_notify,
    SYS_mq_getsetattr,
    // the machine
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_swapon,
    SYS_swapoff,
    SYS_reboot,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_quotactl,
    SYS_acct,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_syslog,
    SYS_unshare,
    SYS_setns,
    SYS_setrlimit,
    SYS_nfsservctl,
    SYS_vhangup,
    SYS_sync,
    SYS_syncfs,
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid,
    SYS_setgroups,
    SYS_setfsuid,
    SYS_setfsgid,
    SYS_capset,
    SYS_userfaultfd,
    424 /* pidfd_send_signal */,
    425 /* io_uring_setup */,
    426,
    427,
    434 /* pidfd_open */,
    438 /* pidfd_getfd */,
    440 /* process_madvise */,
#if defined(__x86_64__)
    SYS_creat,
    SYS_fork,
    SYS_vfork,
    SYS_unlink,
    SYS_rmdir,
    SYS_rename,
    SYS_renameat,
    SYS_link,
    SYS_symlink,
    SYS_mkdir,
    SYS_mknod,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_utime,
    SYS_utimes,
    SYS_futimesat,
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
#endif
};

// A filter's jumps are eight bits wide, so each refusal stands right behind its test.
class Filter {
 public:
  void add(sock_filter one) { code_[count_++] = one; }
  void load(std::size_t offset) {
    add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)));
  }
  void loadArgument(int i) { load(offsetof(seccomp_data, args) + static_cast<std::size_t>(i) * 8); }
  void give(std::uint32_t action) { add(BPF_STMT(BPF_RET | BPF_K, action)); }
  // Runs the next `count` instructions only for this call; the accumulator holds the number.
  void unlessCall(int number, std::uint8_t count) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, count));
  }
  void ifEqual(std::uint32_t value, std::uint32_t action) {
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    give(action);
  }
  void ifAnyBit(std::uint32_t bits, std::uint32_t action) {
    add(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1));
    give(action);
  }
  void refuseCall(int number) { ifEqual(static_cast<std::uint32_t>(number), kRefuse); }

  // open, openat: for reading only.
  void readOnlyFlags(int number, int argument) {
    unlessCall(number, 4);
    loadArgument(argument);
    ifAnyBit(O_WRONLY | O_RDWR | O_CREAT | O_TRUNC | O_APPEND, kRefuse);
    give(SECCOMP_RET_ALLOW);
  }
  // Signals to this process alone.
  void onlySelf(int number, std::uint32_t pid) {
    unlessCall(number, 4);
    loadArgument(0);
    ifEqual(pid, SECCOMP_RET_ALLOW);
    give(kRefuse);
  }

  bool install() {
    sock_fprog program{count_, code_};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return false;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
  }

 private:
  sock_filter code_[512];
  unsigned short count_ = 0;
};

void addArchitecture(Filter& filter) {
  filter.load(offsetof(seccomp_data, arch));
  filter.add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
  filter.give(SECCOMP_RET_KILL_PROCESS);
  filter.load(offsetof(seccomp_data, nr));
#if defined(__x86_64__)
  filter.add(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1));  // the x32 calls
  filter.give(kRefuse);
#endif
}

// Threads and checkpoints, no other copies.
void addClone(Filter& filter) {
  filter.unlessCall(SYS_clone, 6);
  filter.loadArgument(0);
  filter.ifEqual(static_cast<std::uint32_t>(checkpointFlags()), SECCOMP_RET_ALLOW);
  filter.add(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1));
  filter.give(SECCOMP_RET_ALLOW);
  filter.give(kRefuse);
  // Its flags lie in memory, where a filter cannot look; libc then uses clone.
  filter.ifEqual(435 /* clone3 */, kUnknown);
  filter.ifEqual(437 /* openat2 */, kUnknown);
}

void addFileControl(Filter& filter) {
  filter.unlessCall(SYS_fcntl, 14);
  filter.loadArgument(1);
  for (const int command : {F_SETLK, F_SETLKW, F_OFD_SETLK, F_OFD_SETLKW, F_SETOWN, F_SETLEASE}) {
    filter.ifEqual(static_cast<std::uint32_t>(command), kRefuse);
  }
  filter.give(SECCOMP_RET_ALLOW);
}

void addTerminal(Filter& filter) {
  filter.unlessCall(SYS_ioctl, 8);
  filter.loadArgument(1);
  for (const int request : {TIOCSTI, TIOCCONS, TIOCSCTTY}) {
    filter.ifEqual(static_cast<std::uint32_t>(request), kRefuse);
  }
  filter.give(SECCOMP_RET_ALLOW);
}

// sendto with an address could reach anybody; a limit may be read, not set.
void addPointers(Filter& filter) {
  filter.unlessCall(SYS_sendto, 4);
  filter.loadArgument(4);
  filter.ifEqual(0, SECCOMP_RET_ALLOW);
  filter.give(kRefuse);
  filter.unlessCall(SYS_prlimit64, 4);
  filter.loadArgument(2);
  filter.ifEqual(0, SECCOMP_RET_ALLOW);
  filter.give(kRefuse);
}

bool installFilter() {
  static Filter filter;
  addArchitecture(filter);
  for (const int number : kRefused) filter.refuseCall(number);
#if defined(__x86_64__)
  filter.readOnlyFlags(SYS_open, 1);
#endif
  filter.readOnlyFlags(SYS_openat, 2);
  const auto pid = static_cast<std::uint32_t>(getpid());
  filter.onlySelf(SYS_kill, pid);
  filter.onlySelf(SYS_tgkill, pid);
  addClone(filter);
  addFileControl(filter);
  addTerminal(filter);
  addPointers(filter);
  filter.give(SECCOMP_RET_ALLOW);
  return filter.install();
}

}  // namespace

std::uint64_t checkpointFlags() { return CLONE_PARENT | kCopyFlags; }

wire::Guard guardProcess(std::uint64_t memoryBytes) {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  setrlimit(RLIMIT_FSIZE, &none);  // no file grows by it
  signal(SIGXFSZ, SIG_IGN);
  rlimit memory{};
  memory.rlim_cur = memory.rlim_max = addressSpaceBytes() + memoryBytes;
  setrlimit(RLIMIT_AS, &memory);
  return installFilter() ? wire::Guard::Seccomp : confineByLandlock();
}

wire::Guard guardHere() {
  // Without a program nothing is installed: a kernel that would install one finds its address bad.
  const int refused = prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, nullptr);
  return refused != 0 && errno == EFAULT ? wire::Guard::Seccomp : landlockHere();
}

}  // namespace whyalive::agent
