#include "server/cli/source_reader.h"

#include <cstring>
#include <fstream>
#include <iterator>

#include "server/cli/target.h"
#include "server/session/process_root.h"

namespace whyalive::cli {
namespace {

constexpr std::size_t kLargest = 64 << 20;  // no source that a person wrote is larger

}  // namespace

Result<std::string> readSource(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(ErrorCode::NotFound, "cannot open " + path + ": " + std::strerror(errno));
  }
  std::string text;
  char buffer[65536];
  while (file.read(buffer, sizeof buffer) || file.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(file.gcount()));
    if (text.size() > kLargest) {
      return fail(ErrorCode::ResourceExhausted, path + " is too large for a source");
    }
  }
  if (file.bad()) return fail(ErrorCode::NotFound, "cannot read " + path);
  return text;
}

sources::SourceIndex sourcesOf(const std::string& target) {
  const auto pid = parsePid(target);
  return sources::SourceIndex(readSource,
                              pid ? session::pathRulesOf(*pid) : std::vector<sources::PathRule>{});
}

}  // namespace whyalive::cli
