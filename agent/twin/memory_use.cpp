#include "agent/twin/memory_use.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

namespace whyalive::agent {
namespace {

// The file's beginning as text; empty when it cannot be read.
template <std::size_t N>
const char* readInto(char (&buffer)[N], const char* path) {
  buffer[0] = 0;
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return buffer;
  std::size_t held = 0;
  for (ssize_t n; held < N - 1 && (n = read(file, buffer + held, N - 1 - held)) > 0;) {
    held += static_cast<std::size_t>(n);
  }
  buffer[held] = 0;
  close(file);
  return buffer;
}

std::uint64_t numberAt(const char* text) {
  while (*text == ' ') ++text;
  std::uint64_t value = 0;
  for (; *text >= '0' && *text <= '9'; ++text) {
    value = value * 10 + static_cast<std::uint64_t>(*text - '0');
  }
  return value;
}

std::uint64_t kilobytesOf(const char* text, const char* field) {
  const char* at = std::strstr(text, field);
  return at ? numberAt(at + std::strlen(field)) * 1024 : 0;
}

}  // namespace

std::uint64_t ownMemoryBytes() {
  char buffer[2048];
  const char* text = readInto(buffer, "/proc/self/smaps_rollup");
  return kilobytesOf(text, "\nPrivate_Clean:") + kilobytesOf(text, "\nPrivate_Dirty:");
}

std::uint64_t addressSpaceBytes() {
  char buffer[256];
  return numberAt(readInto(buffer, "/proc/self/statm")) *
         static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace whyalive::agent
