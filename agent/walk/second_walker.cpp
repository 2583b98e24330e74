#include "agent/walk/second_walker.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string_view>

namespace whyalive::agent {
namespace {

constexpr std::size_t kStackBytes = std::size_t{1} << 20;

// A small file of /proc or /sys, or nothing.
class SmallFile {
 public:
  explicit SmallFile(const char* path) {
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    const ssize_t n = read(file, text_, sizeof text_);
    if (n > 0) length_ = static_cast<std::size_t>(n);
    close(file);
  }
  std::string_view text() const { return {text_, length_}; }

 private:
  char text_[1024];
  std::size_t length_ = 0;
};

std::uint64_t numberAt(std::string_view text) {
  std::uint64_t number = 0;
  for (char c : text) {
    if (c < '0' || c > '9') break;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

int allowedCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

// "0.20 0.18 0.12 1/80 11206": the number before the slash, ourselves included.
std::uint64_t runningNow() {
  const SmallFile file("/proc/loadavg");
  const std::string_view text = file.text();
  const std::size_t slash = text.find('/');
  if (slash == text.npos) return ~std::uint64_t{0};
  const std::size_t space = text.rfind(' ', slash);
  return numberAt(text.substr(space == text.npos ? 0 : space + 1));
}

// A container's share: "max 100000" or "150000 100000", in its control group's folder.
bool quotaAllowsTwo() {
  const SmallFile own("/proc/self/cgroup");
  std::string_view group = own.text();
  const std::size_t start = group.find("0::");
  if (start == group.npos) return true;
  group = group.substr(start + 3);
  group = group.substr(0, group.find('\n'));
  char path[1200] = "/sys/fs/cgroup";
  std::size_t length = std::strlen(path);
  constexpr std::string_view name = "/cpu.max";
  if (length + group.size() + name.size() >= sizeof path) return false;
  std::memcpy(path + length, group.data(), group.size());
  length += group.size();
  std::memcpy(path + length, name.data(), name.size());
  const SmallFile file(path);
  const std::string_view text = file.text();
  const std::size_t space = text.find(' ');
  if (text.empty() || text.starts_with("max") || space == text.npos) return true;
  return numberAt(text) >= 2 * numberAt(text.substr(space + 1));
}

}  // namespace

bool SecondWalker::coreIsFree() {
  const int cores = allowedCores();
  return cores >= 2 && runningNow() < static_cast<std::uint64_t>(cores) && quotaAllowsTwo();
}

bool SecondWalker::start(Body body, void* context) {
  void* stack = mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return false;
  stack_ = stack;
  body_ = body;
  context_ = context;
  constexpr int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
                        CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
  auto* id = reinterpret_cast<int*>(&threadId_);
  if (clone(run, static_cast<char*>(stack) + kStackBytes, flags, this, id, nullptr, id) > 0) {
    return true;
  }
  munmap(stack_, kStackBytes);
  stack_ = nullptr;
  return false;
}

int SecondWalker::run(void* self) {
  auto* walker = static_cast<SecondWalker*>(self);
  const int failure = setjmp(walker->bailout_.top);
  if (failure == 0) walker->body_(walker->context_, walker->mappings_);
  walker->failure_.store(failure, std::memory_order_release);
  return 0;
}

Failure SecondWalker::join() {
  if (!stack_) return Failure::None;
  while (const int id = threadId_.load(std::memory_order_acquire)) {
    syscall(SYS_futex, &threadId_, FUTEX_WAIT, id, nullptr, nullptr, 0);
  }
  munmap(stack_, kStackBytes);
  stack_ = nullptr;
  return static_cast<Failure>(failure_.load(std::memory_order_acquire));
}

void SecondWalker::dismiss() {
  dismissed_.store(true, std::memory_order_relaxed);
  join();
  mappings_.unmapAll();
}

}  // namespace whyalive::agent
