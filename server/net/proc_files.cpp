#include "server/net/proc_files.h"

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

namespace whyalive::net {
namespace {

std::string_view skipSpaces(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t");
  return start == std::string_view::npos ? std::string_view{} : text.substr(start);
}

}  // namespace

std::optional<ProcessStat> parseStat(std::string_view text) {
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
  ProcessStat stat;
  stat.name = text.substr(open + 1, close - open - 1);
  std::string_view rest = skipSpaces(text.substr(close + 1));
  if (rest.empty()) return {};
  stat.state = rest.front();
  rest = skipSpaces(rest.substr(1));
  const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), stat.parentPid);
  if (parsed.ec != std::errc{}) return {};
  constexpr int kFieldsToFlags = 5;  // group, session, terminal, its foreground group, flags
  for (int i = 0; i < kFieldsToFlags; ++i) {
    rest = skipSpaces(rest.substr(std::min(rest.find(' '), rest.size())));
  }
  std::from_chars(rest.data(), rest.data() + rest.size(), stat.flags);
  return stat;
}

namespace {

// Of a line "Name:   123 kB" after the first; 0 when absent.
std::uint64_t bytesOfField(std::string_view text, std::string_view field) {
  const std::size_t at = text.find(field);
  if (at == std::string_view::npos) return 0;
  const std::string_view rest = skipSpaces(text.substr(at + field.size()));
  std::uint64_t kibibytes = 0;
  std::from_chars(rest.data(), rest.data() + rest.size(), kibibytes);
  return kibibytes * 1024;
}

}  // namespace

std::uint64_t parseRss(std::string_view status) { return bytesOfField(status, "\nVmRSS:"); }

std::uint64_t parsePrivateBytes(std::string_view rollup) {
  return bytesOfField(rollup, "\nPrivate_Clean:") + bytesOfField(rollup, "\nPrivate_Dirty:");
}

std::optional<uid_t> parseUser(std::string_view status) {
  const std::size_t at = status.find("\nUid:");
  if (at == std::string_view::npos) return {};
  std::string_view rest = skipSpaces(status.substr(at + 5));
  rest = skipSpaces(rest.substr(std::min(rest.find('\t'), rest.size())));  // past the real user
  uid_t user = 0;
  const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), user);
  if (parsed.ec != std::errc{}) return {};
  return user;
}

std::vector<std::string> mappedFiles(std::string_view maps, std::string_view prefix) {
  std::vector<std::string> found;
  while (!maps.empty()) {
    const std::string_view line = maps.substr(0, maps.find('\n'));
    maps.remove_prefix(std::min(line.size() + 1, maps.size()));
    const std::size_t path = line.find('/');
    if (path == std::string_view::npos) continue;
    const std::string_view file = line.substr(path);
    const std::string_view name = file.substr(file.rfind('/') + 1);
    if (!name.starts_with(prefix)) continue;
    if (std::find(found.begin(), found.end(), file) == found.end()) found.emplace_back(file);
  }
  return found;
}

std::vector<std::string> parseCommandLine(std::string_view text) {
  std::vector<std::string> arguments;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\0'), text.size());
    arguments.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return arguments;
}

std::optional<std::string> readProcFile(const std::string& path, std::size_t limit) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {};
  std::string text;
  char buffer[16384];
  bool readable = true;
  while (text.size() < limit) {
    const ssize_t count = read(descriptor, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) readable = false;
    if (count <= 0) break;
    text.append(buffer, static_cast<std::size_t>(count));
  }
  close(descriptor);
  if (!readable) return {};
  text.resize(std::min(text.size(), limit));
  return text;
}

std::optional<std::string> readLink(const std::string& path) {
  char buffer[4096];
  const ssize_t length = readlink(path.c_str(), buffer, sizeof buffer);
  if (length < 0) return {};
  return std::string(buffer, static_cast<std::size_t>(length));
}

std::string userName(uid_t user) {
  passwd entry{};
  passwd* found = nullptr;
  char buffer[4096];
  if (getpwuid_r(user, &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr) {
    return found->pw_name;
  }
  return std::to_string(user);
}

}  // namespace whyalive::net
