#include "server/features/current_place.h"

#include <algorithm>

#include "protocol/lsp/uri.h"
#include "server/sources/anchor.h"

namespace whyalive::features {
namespace {

std::uint32_t fromOne(std::uint32_t number) { return number == 0 ? 0 : number - 1; }

}  // namespace

sources::TextRange rangeOf(const sources::Location& location) {
  sources::TextPosition begin{fromOne(location.line), fromOne(location.column)};
  sources::TextPosition end{fromOne(location.endLine), fromOne(location.endColumn)};
  return {begin, std::max(begin, end)};
}

std::optional<sources::TextRange> currentRange(const TextLines& lines,
                                               const sources::Location& location) {
  sources::TextRange range = rangeOf(location);
  if (!lines.file()) return range;
  std::optional<std::uint32_t> line = sources::anchoredLine(*lines.file(), location);
  if (!line) return std::nullopt;
  range.end.line = *line + (range.end.line - range.begin.line);
  range.begin.line = *line;
  return range;
}

std::optional<lsp::Location> currentPlace(const LinesOf& linesOf,
                                          const sources::Location& location) {
  TextLines lines = linesOf(location.file);
  std::optional<sources::TextRange> range = currentRange(lines, location);
  if (!range) return std::nullopt;
  return lsp::Location{lsp::uriFromPath(location.file), lines.toLsp(*range)};
}

}  // namespace whyalive::features
