#include "server/sources/anchor.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace whyalive::sources {

std::string_view trimmedLine(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t\f");
  if (begin == std::string_view::npos) return {};
  const std::size_t end = line.find_last_not_of(" \t\f");
  return line.substr(begin, end - begin + 1);
}

std::string displayName(std::string_view qualname) {
  std::string out(qualname);
  static constexpr std::string_view kLocals = "<locals>.";
  for (std::size_t at = out.find(kLocals); at != std::string::npos; at = out.find(kLocals)) {
    out.erase(at, kLocals.size());
  }
  return out;
}

std::optional<std::uint32_t> anchoredLine(const SourceFile& file, const Location& location) {
  std::optional<std::uint32_t> best;
  std::int64_t nearest = std::numeric_limits<std::int64_t>::max();
  const auto consider = [&](std::uint32_t first, std::uint32_t last) {
    for (std::uint32_t line = first; line <= last && line < file.lines().lineCount(); ++line) {
      if (trimmedLine(file.line(line)) != location.text) continue;
      const std::int64_t distance =
          std::llabs(std::int64_t{line} + 1 - std::int64_t{location.line});
      if (distance < nearest) {
        nearest = distance;
        best = line;
      }
    }
  };
  if (location.function.empty()) {
    consider(0, file.lines().lineCount());
    return best;
  }
  for (const FunctionFact& function : file.index().functions) {
    if (displayName(function.qualname) != location.function) continue;
    consider(file.lines().lineOf(function.range.begin), file.lines().lineOf(function.range.end));
  }
  return best;
}

}  // namespace whyalive::sources
