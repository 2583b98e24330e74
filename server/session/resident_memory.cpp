#include "server/session/resident_memory.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <vector>

#include "server/attach/memory_map.h"

namespace whyalive::session {
namespace {

constexpr attach::Address kLargestGuard = 64 * 1024;
constexpr attach::Address kLargestZeroedData = (1 << 20) - 1;  // an arena of Python is larger

struct Region {
  attach::Mapping mapping;
  Bytes rss = 0, privateBytes = 0, swapped = 0;
};

std::uint64_t numberAfter(std::string_view line, std::size_t at) {
  at = std::min(line.find_first_not_of(" \t", at), line.size());
  std::uint64_t value = 0;
  std::from_chars(line.data() + at, line.data() + line.size(), value);
  return value;
}

// "Rss:                  12 kB": adds to the region's figure of that name.
void addField(Region& region, std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = line.substr(0, colon);
  const Bytes bytes = numberAfter(line, colon + 1) * 1024;
  if (name == "Rss") region.rss += bytes;
  if (name == "Private_Clean" || name == "Private_Dirty") region.privateBytes += bytes;
  if (name == "Swap") region.swapped += bytes;
}

std::vector<Region> regionsOf(std::string_view text) {
  std::vector<Region> regions;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    // Fields begin with a capital letter, mappings with a hexadecimal address.
    if (!line.empty() && line.front() >= 'A' && line.front() <= 'Z') {
      if (!regions.empty()) addField(regions.back(), line);
    } else if (auto mapped = attach::parseMaps(line); !mapped.empty()) {
      regions.push_back({std::move(mapped.front())});
    }
  }
  return regions;
}

bool isSharedMemory(std::string_view path) {
  return path.starts_with("/dev/shm/") || path.starts_with("/memfd:") ||
         path.starts_with("/SYSV") || path.starts_with("/dev/zero");
}

bool isGuard(const attach::Mapping& one) {
  return one.path.empty() && !one.readable && !one.writable && !one.executable &&
         one.end - one.start <= kLargestGuard;
}

bool isStack(const attach::Mapping& one, const attach::Mapping* before) {
  if (one.path == "[stack]" || one.path.find("pthread stack") != std::string::npos) return true;
  return one.path.empty() && one.writable && before != nullptr && before->end == one.start &&
         isGuard(*before);
}

bool isZeroedData(const attach::Mapping& one, const attach::Mapping* before) {
  return one.path.empty() && before != nullptr && before->end == one.start && before->writable &&
         before->path.starts_with('/') && !isSharedMemory(before->path) &&
         one.end - one.start <= kLargestZeroedData;
}

}  // namespace

ResidentMemory parseSmaps(std::string_view text) {
  const std::vector<Region> regions = regionsOf(text);
  std::set<std::string_view> programs;
  for (const Region& one : regions) {
    if (one.mapping.executable) programs.insert(one.mapping.path);
  }
  ResidentMemory memory;
  const attach::Mapping* before = nullptr;
  for (const Region& one : regions) {
    const std::string& path = one.mapping.path;
    memory.rss += one.rss;
    memory.privateBytes += one.privateBytes;
    memory.swapped += one.swapped;
    if (isSharedMemory(path)) {
      memory.shared += one.rss;
    } else if (path.starts_with('/')) {
      (programs.contains(path) ? memory.libraries : memory.files) += one.rss;
      memory.byFile[path] += one.rss;
    } else if (isStack(one.mapping, before)) {
      memory.stacks += one.rss;
    } else if (isZeroedData(one.mapping, before)) {
      memory.libraries += one.rss;
      memory.byFile[before->path] += one.rss;
    } else if (path.starts_with("[v")) {  // what the kernel lends: [vdso], [vvar] …
      memory.libraries += one.rss;
    } else {
      memory.anonymous += one.rss;
    }
    before = &one.mapping;
  }
  return memory;
}

MemoryStatus parseMemoryStatus(std::string_view status) {
  const auto field = [&](std::string_view name) -> std::uint64_t {
    const std::size_t at = status.find(name);
    return at == std::string_view::npos ? 0 : numberAfter(status, at + name.size());
  };
  return {field("\nVmHWM:") * 1024, field("\nThreads:")};
}

}  // namespace whyalive::session
