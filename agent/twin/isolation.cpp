#include "agent/twin/isolation.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "agent/twin/digits.h"

namespace whyalive::agent {
namespace {

bool isAmong(const int* keep, int count, int fd) {
  for (int i = 0; i < count; ++i) {
    if (keep[i] == fd) return true;
  }
  return false;
}

// ---- descriptors ----

struct DirectoryEntry {
  std::uint64_t inode;
  std::int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[1];
};

int numberFrom(const char* name) {
  int number = 0;
  if (*name == 0) return -1;
  for (; *name; ++name) {
    if (*name < '0' || *name > '9') return -1;
    number = number * 10 + (*name - '0');
  }
  return number;
}

// fn(number) for every descriptor that /proc lists in this folder.
template <class Fn>
bool forEachDescriptor(const char* folder, Fn fn) {
  const int directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return false;
  alignas(8) char buffer[4096];
  for (;;) {
    const long bytes = syscall(SYS_getdents64, directory, buffer, sizeof buffer);
    if (bytes <= 0) break;
    for (long at = 0; at < bytes;) {
      auto* entry = reinterpret_cast<DirectoryEntry*>(buffer + at);
      at += entry->length;
      const int fd = numberFrom(entry->name);
      if (fd >= 0 && fd != directory) fn(fd);
    }
  }
  close(directory);
  return true;
}

// ---- shared memory ----

struct Mapping {
  std::uintptr_t start = 0, end = 0;
  bool shared = false, writable = false, device = false;
};

std::uintptr_t hexadecimal(const char*& at) {
  std::uintptr_t value = 0;
  for (;; ++at) {
    const char c = *at;
    if (c >= '0' && c <= '9') {
      value = value << 4 | static_cast<std::uintptr_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = value << 4 | static_cast<std::uintptr_t>(c - 'a' + 10);
    } else {
      return value;
    }
  }
}

bool startsWith(const char* text, const char* prefix) {
  return std::strncmp(text, prefix, std::strlen(prefix)) == 0;
}

// "7f00a000-7f00b000 rw-s 00000000 00:01 1024   /dev/zero (deleted)"
Mapping parseMapping(const char* line) {
  Mapping mapping;
  mapping.start = hexadecimal(line);
  if (*line++ != '-') return {};
  mapping.end = hexadecimal(line);
  if (*line++ != ' ') return {};
  mapping.writable = line[1] == 'w';
  mapping.shared = line[3] == 's';
  const char* path = std::strchr(line, '/');
  mapping.device = path && startsWith(path, "/dev/") && !startsWith(path, "/dev/shm/") &&
                   !startsWith(path, "/dev/zero");
  return mapping;
}

constexpr std::size_t kCopiedAtMost = std::size_t{16} << 20;

// Small shared memory (locks, queues) is replaced by a copy; a large one becomes read-only, which
// keeps writes of the copy away just as well and costs nothing.
bool makePrivate(const Mapping& mapping, int memory) {
  const std::size_t bytes = mapping.end - mapping.start;
  auto* old = reinterpret_cast<void*>(mapping.start);
  if (mapping.device || bytes > kCopiedAtMost) return mprotect(old, bytes, PROT_READ) == 0;
  void* copy = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (copy == MAP_FAILED) return false;
  // Through /proc, which reports pages beyond the end of a shortened file where a read would kill.
  for (std::size_t at = 0; at < bytes; at += 4096) {
    const auto from = static_cast<off_t>(mapping.start + at);
    if (pread(memory, static_cast<char*>(copy) + at, 4096, from) < 0 && errno != EIO) break;
  }
  return mremap(copy, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, old) != MAP_FAILED;
}

bool privatise(const TwinPlan& plan) {
  const int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
  if (maps < 0 || memory < 0) return false;
  constexpr std::size_t most = 4096;
  static Mapping found[most];
  std::size_t count = 0, held = 0;
  static char buffer[16384];
  const auto keptStart = reinterpret_cast<std::uintptr_t>(plan.sharedStart);
  for (ssize_t n; (n = read(maps, buffer + held, sizeof buffer - 1 - held)) > 0;) {
    held += static_cast<std::size_t>(n);
    buffer[held] = 0;
    char* line = buffer;
    for (char* end; (end = std::strchr(line, '\n')); line = end + 1) {
      *end = 0;
      const Mapping mapping = parseMapping(line);
      const bool ours = mapping.start < keptStart + plan.sharedBytes && keptStart < mapping.end;
      if (mapping.shared && mapping.writable && !ours && count < most) found[count++] = mapping;
    }
    held = std::strlen(line);
    std::memmove(buffer, line, held);
  }
  close(maps);
  bool fine = count < most;
  for (std::size_t i = 0; i < count; ++i) fine = makePrivate(found[i], memory) && fine;
  close(memory);
  return fine;
}

}  // namespace

bool buryDescriptors(const int* keep, int count) {
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return false;
  const auto bury = [&](int fd) {
    if (fd != null && !isAmong(keep, count, fd)) dup3(null, fd, O_CLOEXEC);
  };
  forEachDescriptor("/proc/self/fd", bury);
  char folder[64] = "/proc/";
  char* at = folder + std::strlen(folder);
  appendNumber(at, static_cast<unsigned>(getppid()));
  std::memcpy(at, "/fd", 4);
  forEachDescriptor(folder, bury);
  for (int fd = 0; fd < 3; ++fd) bury(fd);
  if (!isAmong(keep, count, null) && null > 2) close(null);
  return true;
}

bool isolate(const TwinPlan& plan) {
  // In this order: a process that has used its descriptors up leaves none free once they are
  // buried.
  return privatise(plan) && buryDescriptors(plan.keep, plan.keepCount);
}

}  // namespace whyalive::agent
