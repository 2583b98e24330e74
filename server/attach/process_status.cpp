#include "server/attach/process_status.h"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace whyalive::attach {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

template <class Number>
std::vector<Number> numbers(std::string_view text, int base = 10) {
  std::vector<Number> found;
  while (!(text = trimmed(text)).empty()) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc()) break;
    found.push_back(value);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  return found;
}

template <class Number>
Number numberAt(std::string_view text, std::size_t index, int base = 10) {
  const auto all = numbers<Number>(text, base);
  return index < all.size() ? all[index] : Number{};
}

void readLine(std::string_view key, std::string_view value, ProcessStatus& status) {
  if (key == "Name") status.name = value;
  if (key == "State" && !value.empty()) status.state = value.front();
  if (key == "Tgid") status.threadGroup = numberAt<int>(value, 0);
  if (key == "TracerPid") status.tracer = numberAt<int>(value, 0);
  if (key == "Uid") status.user = numberAt<std::uint32_t>(value, 1);
  if (key == "NStgid") status.inNamespaces = numbers<int>(value);
  if (key == "NSpid") {
    const auto all = numbers<int>(value);
    status.ownThread = all.empty() ? 0 : all.back();
  }
  if (key == "SigBlk") status.blocked = numberAt<std::uint64_t>(value, 0, 16);
  if (key == "SigCgt") status.caught = numberAt<std::uint64_t>(value, 0, 16);
  if (key == "SigPnd" || key == "ShdPnd") status.pending |= numberAt<std::uint64_t>(value, 0, 16);
  if (key == "Seccomp") status.seccompMode = numberAt<int>(value, 0);
  if (key == "Seccomp_filters") status.seccompFilters = numberAt<int>(value, 0);
  if (key == "x86_Thread_features") {
    status.shadowStack = value.find("shstk") != std::string_view::npos;
  }
}

}  // namespace

std::optional<ProcessStatus> parseStatus(std::string_view text) {
  ProcessStatus status;
  bool hasUser = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, colon);
    hasUser = hasUser || key == "Uid";
    readLine(key, trimmed(line.substr(colon + 1)), status);
  }
  if (status.threadGroup <= 0 || !hasUser) return {};
  return status;
}

std::map<std::uint64_t, std::uint64_t> parseAuxiliaryVector(std::span<const std::byte> bytes) {
  std::map<std::uint64_t, std::uint64_t> vector;
  std::uint64_t entry[2];
  for (; bytes.size() >= sizeof entry; bytes = bytes.subspan(sizeof entry)) {
    std::memcpy(entry, bytes.data(), sizeof entry);
    if (entry[0] == 0) break;  // AT_NULL
    vector[entry[0]] = entry[1];
  }
  return vector;
}

}  // namespace whyalive::attach
