// /proc/PID/status and /proc/PID/auxv as values. Pure: text or bytes in, values out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace whyalive::attach {

struct ProcessStatus {
  std::string name;
  char state = '?';               // R running, S asleep, T stopped, t traced, Z zombie …
  int threadGroup = 0;            // the process's pid (Tgid)
  int tracer = 0;                 // pid of whoever debugs it, 0 if nobody does
  std::uint32_t user = 0;         // effective user
  std::vector<int> inNamespaces;  // its pid as each pid namespace sees it, the innermost last
  int ownThread = 0;              // its gettid(), as the innermost pid namespace has it
  std::uint64_t blocked = 0;      // signal sets, bit 0 is signal 1
  std::uint64_t caught = 0;
  std::uint64_t pending = 0;  // of the thread and of the process
  int seccompMode = 0;        // 0 none, 1 strict, 2 filter
  int seccompFilters = 0;
  bool shadowStack = false;

  // Its own getpid(): what it calls its socket by.
  int ownPid() const { return inNamespaces.empty() ? threadGroup : inNamespaces.back(); }
};

// Nothing if the text has no Tgid or no Uid line.
std::optional<ProcessStatus> parseStatus(std::string_view text);

// The auxiliary vector: AT_… number to value. A torn last entry is left out.
std::map<std::uint64_t, std::uint64_t> parseAuxiliaryVector(std::span<const std::byte> bytes);

}  // namespace whyalive::attach
