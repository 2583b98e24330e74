#include "server/heap/process_info.h"

#include <charconv>

#include "protocol/snapshot/meta_keys.h"
#include "server/heap/snapshot.h"

namespace whyalive::heap {
namespace {

namespace meta = snapshot::meta;

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Bytes> bytes(std::string_view text) {
  const std::optional<std::int64_t> value = number(text);
  return value && *value >= 0 ? std::optional<Bytes>(static_cast<Bytes>(*value)) : std::nullopt;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return parts;
}

std::vector<std::int64_t> numbers(std::string_view text) {
  std::vector<std::int64_t> values;
  for (const std::string& part : split(text, ',')) values.push_back(number(part).value_or(0));
  return values;
}

void take(ProcessInfo& info, std::string_view key, const std::string& value) {
  if (key == meta::kPid) info.pid = number(value);
  if (key == meta::kPythonVersion) info.pythonVersion = value;
  if (key == meta::kPythonImplementation) info.pythonBuild = value;
  if (key == meta::kExecutable) info.executable = value;
  if (key == meta::kStdlib) info.stdlibFolder = value;
  if (key == meta::kPrefix) info.prefix = value;
  if (key == meta::kPath) info.path = split(value, '\n');
  if (key == meta::kCommand) info.command = split(value, '\0');
  if (key == meta::kWorkingDirectory) info.workingDirectory = value;
  if (key == meta::kRoot) info.root = value;
  if (key == meta::kStartTime) info.startTime = number(value);
  if (key == meta::kTime) info.snapshotTime = number(value);
  if (key == meta::kRss) info.rss = bytes(value);
  if (key == meta::kMode) info.mode = value;
  if (key == meta::kStoppedNs) info.stoppedNs = number(value);
  if (key == meta::kWaitedNs) info.waitedNs = number(value);
  if (key == meta::kWalkNs) info.walkNs = number(value);
  if (key == meta::kGcEnabled) info.gcEnabled = value == "1";
  if (key == meta::kGcThresholds) info.gcThresholds = numbers(value);
  if (key == meta::kGcFrozen) info.gcFrozen = number(value);
  if (key == meta::kMallocInUse) info.mallocInUse = bytes(value);
  if (key == meta::kMallocFree) info.mallocFree = bytes(value);
  if (key == meta::kAgentVersion) info.agentVersion = value;
  if (key == meta::kTextLimit) info.textLimit = number(value);
}

}  // namespace

ProcessInfo processInfo(const Snapshot& snapshot) {
  ProcessInfo info;
  for (const auto& [key, value] : snapshot.meta) take(info, key, value);
  return info;
}

bool ProcessInfo::collectorRuns() const {
  return gcEnabled.value_or(true) && (gcThresholds.empty() || gcThresholds.front() != 0);
}

bool ProcessInfo::isStandardLibrary(std::string_view file) const {
  if (file.starts_with("<frozen ")) return true;
  if (stdlibFolder.empty() || !file.starts_with(stdlibFolder)) return false;
  const std::string_view rest = file.substr(stdlibFolder.size());
  return rest.starts_with('/') && !rest.starts_with("/site-packages/") &&
         !rest.starts_with("/dist-packages/");
}

}  // namespace whyalive::heap
