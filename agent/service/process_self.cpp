#include "agent/service/process_self.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace whyalive::agent::self {
namespace {

// The text of /proc/self/stat from that field on, counted from 1. What stands in brackets in
// field 2 may hold anything.
std::string statFrom(int wanted) {
  const std::string stat = readFile("/proc/self/stat");
  std::size_t at = stat.rfind(')');
  for (int field = 2; at != std::string::npos && field < wanted; ++field) {
    at = stat.find(' ', at + 1);
  }
  return at == std::string::npos ? std::string() : stat.substr(at + 1);
}

}  // namespace

std::string readFile(const char* path) {
  std::string text;
  const int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  char buffer[4096];
  for (ssize_t n; (n = read(fd, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(n));
  }
  close(fd);
  return text;
}

std::string commandLine() {
  std::string text = readFile("/proc/self/cmdline");
  if (!text.empty() && text.back() == '\0') text.pop_back();
  return text;
}

std::string link(const std::string& name) {
  char buffer[PATH_MAX];
  const ssize_t n = readlink(("/proc/self/" + name).c_str(), buffer, sizeof buffer);
  return n > 0 ? std::string(buffer, static_cast<std::size_t>(n)) : std::string();
}

// The field is in clock ticks since boot.
std::string startTime() {
  const std::string field = statFrom(22);
  if (field.empty()) return {};
  const long long ticks = std::strtoll(field.c_str(), nullptr, 10);
  timespec boot{}, real{};
  clock_gettime(CLOCK_BOOTTIME, &boot);
  clock_gettime(CLOCK_REALTIME, &real);
  const long long bootNs =
      (real.tv_sec - boot.tv_sec) * 1'000'000'000LL + real.tv_nsec - boot.tv_nsec;
  return std::to_string(bootNs + ticks * (1'000'000'000LL / sysconf(_SC_CLK_TCK)));
}

std::uint64_t residentBytes() {
  const std::string statm = readFile("/proc/self/statm");
  const std::size_t space = statm.find(' ');
  if (space == std::string::npos) return 0;
  return std::strtoull(statm.c_str() + space, nullptr, 10) *
         static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

Threads threads() {
  return {static_cast<int>(std::strtol(statFrom(20).c_str(), nullptr, 10)),
          statFrom(3).starts_with('Z')};
}

}  // namespace whyalive::agent::self
