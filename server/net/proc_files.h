// Readers of single /proc files, as values. Absent means: gone, or not ours to read.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace whyalive::net {

struct ProcessStat {
  std::string name;  // comm, up to 15 bytes
  char state = '?';  // 'Z' = zombie
  int parentPid = 0;
  unsigned long flags = 0;  // PF_… of the kernel
};

// `text` is the content of /proc/PID/stat. The name may hold anything, parentheses and spaces too.
std::optional<ProcessStat> parseStat(std::string_view text);

// Bytes of "VmRSS" of /proc/PID/status' text; 0 when absent (kernel threads).
std::uint64_t parseRss(std::string_view status);

// Bytes that /proc/PID/smaps_rollup's text counts as nobody else's.
std::uint64_t parsePrivateBytes(std::string_view rollup);

// The effective user of /proc/PID/status' text.
std::optional<uid_t> parseUser(std::string_view status);

// Paths of the mapped files in /proc/PID/maps' text whose file name starts with `prefix`, once
// each.
std::vector<std::string> mappedFiles(std::string_view maps, std::string_view prefix);

std::vector<std::string> parseCommandLine(std::string_view text);

// At most `limit` bytes; absent when it cannot be read.
std::optional<std::string> readProcFile(const std::string& path, std::size_t limit = 4 << 20);
std::optional<std::string> readLink(const std::string& path);

std::string userName(uid_t user);

}  // namespace whyalive::net
