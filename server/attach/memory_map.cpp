#include "server/attach/memory_map.h"

#include <algorithm>
#include <charconv>

namespace whyalive::attach {
namespace {

constexpr std::string_view kDeleted = " (deleted)";

template <class Number>
bool readHex(std::string_view& text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool skip(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

// Drops one column and the blanks after it.
void skipColumn(std::string_view& text) {
  text.remove_prefix(std::min(text.find(' '), text.size()));
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
}

std::optional<Mapping> parseLine(std::string_view line) {
  Mapping mapping;
  if (!readHex(line, mapping.start) || !skip(line, '-') || !readHex(line, mapping.end)) return {};
  if (!skip(line, ' ') || line.size() < 5 || mapping.end <= mapping.start) return {};
  mapping.readable = line[0] == 'r';
  mapping.writable = line[1] == 'w';
  mapping.executable = line[2] == 'x';
  line.remove_prefix(5);
  if (!readHex(line, mapping.offset) || !skip(line, ' ')) return {};
  skipColumn(line);  // device
  skipColumn(line);  // inode
  mapping.path = line;
  return mapping;
}

}  // namespace

std::string_view Module::name() const {
  const std::string_view all = path;
  const std::size_t slash = all.rfind('/');
  return slash == std::string_view::npos ? all : all.substr(slash + 1);
}

std::vector<Mapping> parseMaps(std::string_view text) {
  std::vector<Mapping> mappings;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (auto mapping = parseLine(text.substr(0, end))) mappings.push_back(std::move(*mapping));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return mappings;
}

std::vector<Module> modulesOf(const std::vector<Mapping>& mappings) {
  std::vector<Module> modules;
  std::vector<bool> executable;
  const Mapping* last = nullptr;  // the last mapping of the module that is being gathered
  for (const Mapping& mapping : mappings) {
    if (mapping.path.empty() || mapping.path.front() != '/') continue;
    const bool goesOn = last != nullptr && last->path == mapping.path && mapping.offset != 0;
    if (goesOn) {
      modules.back().end = mapping.end;
    } else if (mapping.offset == 0) {
      modules.push_back({.path = mapping.path, .base = mapping.start, .end = mapping.end});
      executable.push_back(false);
    } else {
      last = nullptr;
      continue;
    }
    executable.back() = executable.back() || mapping.executable;
    last = &mapping;
  }
  std::vector<Module> code;
  for (std::size_t i = 0; i < modules.size(); ++i) {
    if (!executable[i]) continue;
    std::string& path = modules[i].path;
    if (path.ends_with(kDeleted)) path.resize(path.size() - kDeleted.size());
    code.push_back(std::move(modules[i]));
  }
  return code;
}

const Mapping* mappingAt(const std::vector<Mapping>& mappings, Address address) {
  const auto after = std::upper_bound(mappings.begin(), mappings.end(), address,
                                      [](Address a, const Mapping& m) { return a < m.start; });
  if (after == mappings.begin()) return nullptr;
  const Mapping& candidate = *std::prev(after);
  return candidate.contains(address) ? &candidate : nullptr;
}

const Module* moduleAt(const std::vector<Module>& modules, Address address) {
  for (const Module& module : modules) {
    if (module.contains(address)) return &module;
  }
  return nullptr;
}

}  // namespace whyalive::attach
