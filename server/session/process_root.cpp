#include "server/session/process_root.h"

#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "server/net/proc_files.h"

namespace whyalive::session {
namespace {

// Spaces, tabs, newlines and backslashes are written as three octal digits.
std::string unescaped(std::string_view text) {
  std::string out;
  const auto digit = [&](std::size_t i) {
    return i < text.size() && text[i] >= '0' && text[i] < '8';
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
      out +=
          static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + text[i + 3] - '0');
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool liesIn(std::string_view path, std::string_view folder) {
  if (folder == "/") return true;
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

std::string joined(const std::string& folder, std::string_view rest) {
  if (rest.empty()) return folder;
  std::string out = folder == "/" ? "" : folder;
  if (!rest.starts_with('/')) out += '/';
  return out.append(rest);
}

std::string_view below(std::string_view path, std::string_view folder) {
  return folder == "/" ? path.substr(1) : path.substr(folder.size());
}

// Where one of our mounts shows the directory that this one of the process's shows.
std::optional<std::string> shownAt(const Mount& its, const std::vector<Mount>& ours,
                                   const SameFolder& same) {
  // The same place first: most mounts are where they are for us.
  std::vector<std::string> places;
  for (const Mount& our : ours) {
    if (our.device != its.device || !liesIn(its.root, our.root)) continue;
    std::string place = joined(our.point, below(its.root, our.root));
    places.insert(place == its.point ? places.begin() : places.end(), std::move(place));
  }
  for (std::string& place : places) {
    if (same(its.point, place)) return std::move(place);
  }
  return std::nullopt;
}

bool isSameFolder(const std::string& one, const std::string& other) {
  struct stat a{};
  struct stat b{};
  return stat(one.c_str(), &a) == 0 && stat(other.c_str(), &b) == 0 && a.st_dev == b.st_dev &&
         a.st_ino == b.st_ino;
}

}  // namespace

std::vector<Mount> parseMounts(std::string_view mountinfo) {
  std::vector<Mount> mounts;
  while (!mountinfo.empty()) {
    std::string_view line = mountinfo.substr(0, mountinfo.find('\n'));
    mountinfo.remove_prefix(std::min(line.size() + 1, mountinfo.size()));
    std::vector<std::string_view> fields;
    while (!line.empty() && fields.size() < 5) {
      fields.push_back(line.substr(0, line.find(' ')));
      line.remove_prefix(std::min(fields.back().size() + 1, line.size()));
    }
    if (fields.size() < 5 || !fields[3].starts_with('/') || !fields[4].starts_with('/')) continue;
    mounts.push_back({std::string(fields[2]), unescaped(fields[3]), unescaped(fields[4])});
  }
  return mounts;
}

std::vector<sources::PathRule> rulesBetween(const std::vector<Mount>& its,
                                            const std::vector<Mount>& ours,
                                            const std::string& through, const SameFolder& same) {
  std::vector<sources::PathRule> rules;
  const auto add = [&](const std::string& point, std::optional<std::string> local) {
    const auto known = std::ranges::find(rules, point, &sources::PathRule::process);
    if (known != rules.end()) rules.erase(known);
    rules.push_back({point, local ? *std::move(local) : joined(through, below(point, "/"))});
  };
  add("/", same("/", "/") ? std::optional<std::string>("/") : std::nullopt);
  for (const Mount& mount : its) add(mount.point, shownAt(mount, ours, same));
  const bool differs = std::ranges::any_of(
      rules, [](const sources::PathRule& one) { return one.process != one.local; });
  if (!differs) return {};
  std::ranges::stable_sort(rules, std::greater<>{},
                           [](const sources::PathRule& one) { return one.process.size(); });
  // What the folder around it says already needs no rule.
  for (std::size_t i = 0; i < rules.size();) {
    const auto around = std::find_if(
        rules.begin() + static_cast<std::ptrdiff_t>(i) + 1, rules.end(),
        [&](const sources::PathRule& one) { return liesIn(rules[i].process, one.process); });
    const bool said =
        around != rules.end() &&
        joined(around->local, below(rules[i].process, around->process)) == rules[i].local;
    if (said) {
      rules.erase(rules.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  return rules;
}

std::vector<sources::PathRule> pathRulesOf(pid_t pid) {
  const std::string process = "/proc/" + std::to_string(pid);
  const std::string through = process + "/root";
  const auto root = net::readLink(through);
  const auto space = net::readLink(process + "/ns/mnt");
  if (!root || !space) return {};
  const auto ownSpace = net::readLink("/proc/self/ns/mnt");
  if (space == ownSpace) {
    if (isSameFolder(through, "/")) return {};
    return {{"/", isSameFolder(through, *root) ? *root : through}};
  }
  const auto its = net::readProcFile(process + "/mountinfo");
  const auto ours = net::readProcFile("/proc/self/mountinfo");
  if (!its || !ours) return {};
  return rulesBetween(parseMounts(*its), parseMounts(*ours), through,
                      [&](const std::string& theirs, const std::string& here) {
                        return isSameFolder(joined(through, below(theirs, "/")), here);
                      });
}

}  // namespace whyalive::session
