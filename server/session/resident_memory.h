// What /proc says of a process's resident memory: its mappings sorted into libraries, files, shared
// memory, stacks and anonymous memory (where the allocators live). Pure: text in, values out.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "protocol/base/ids.h"

namespace whyalive::session {

struct ResidentMemory {
  Bytes rss = 0;
  Bytes privateBytes = 0;  // of rss
  Bytes swapped = 0;
  // These five are rss.
  Bytes libraries = 0;
  Bytes files = 0;
  Bytes shared = 0;
  Bytes stacks = 0;
  Bytes anonymous = 0;
  std::map<std::string, Bytes> byFile;  // libraries and files
};

// `text` is /proc/PID/smaps. A stack is what follows a guard of a few pages that nobody may touch,
// as the C library lays out a thread's; a library's zeroed data follows its mapped data.
ResidentMemory parseSmaps(std::string_view text);

struct MemoryStatus {
  Bytes peak = 0;  // VmHWM
  std::uint64_t threads = 0;
};
MemoryStatus parseMemoryStatus(std::string_view status);

}  // namespace whyalive::session
