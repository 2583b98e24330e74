#include "agent/service/process_self.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace whyalive::agent::self {

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

// Field 22 of /proc/self/stat is in clock ticks since boot.
std::string startTime() {
  const std::string stat = readFile("/proc/self/stat");
  std::size_t at = stat.rfind(')');
  for (int field = 2; at != std::string::npos && field < 22; ++field) at = stat.find(' ', at + 1);
  if (at == std::string::npos) return {};
  const long long ticks = std::strtoll(stat.c_str() + at, nullptr, 10);
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

}  // namespace whyalive::agent::self
