#include "server/features/rewrites.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>

#include "server/features/current_place.h"
#include "server/sources/source_file.h"

namespace whyalive::features {
namespace {

using sources::TextEdit;
using sources::TextRange;

constexpr const char* kBound = "1024";

TextEdit replace(std::uint32_t line, std::size_t column, std::size_t length, std::string text) {
  auto begin = static_cast<std::uint32_t>(column);
  return {{{line, begin}, {line, begin + static_cast<std::uint32_t>(length)}}, std::move(text)};
}

// The first place from `start` on, outside strings, that `wanted(character, depth)` accepts, where
// `depth` counts the brackets open after the character; npos when there is none.
template <class Wanted>
std::size_t findOutsideStrings(std::string_view text, std::size_t start, Wanted wanted) {
  int depth = 0;
  char quote = 0;
  for (std::size_t i = start; i < text.size(); ++i) {
    const char c = text[i];
    if (quote) {
      if (c == '\\') ++i;
      if (c == quote) quote = 0;
      continue;
    }
    if (c == '\'' || c == '"') quote = c;
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (wanted(c, depth)) return i;
  }
  return std::string_view::npos;
}

// The bracket that closes the one at `open`, npos when the line does not hold it.
std::size_t closing(std::string_view text, std::size_t open) {
  return findOutsideStrings(text, open, [](char, int depth) { return depth == 0; });
}

bool hasTopLevelComma(std::string_view arguments) {
  return findOutsideStrings(arguments, 0, [](char c, int depth) {
           return c == ',' && depth == 0;
         }) != std::string_view::npos;
}

// @lru_cache(maxsize=None), @functools.lru_cache(None), @functools.cache
std::optional<Rewrite> boundCache(std::string_view line, std::uint32_t number) {
  Rewrite rewrite{"Bound this cache to " + std::string(kBound) + " results", {}};
  constexpr std::string_view unbounded = "@functools.cache";
  std::size_t at = line.find(unbounded);
  if (at != std::string_view::npos && line.substr(at) == unbounded) {
    rewrite.edits = {replace(number, at, unbounded.size(),
                             "@functools.lru_cache(maxsize=" + std::string(kBound) + ")")};
    return rewrite;
  }
  std::size_t call = line.find("lru_cache(");
  std::size_t none = call == std::string_view::npos ? call : line.find("None", call);
  if (none == std::string_view::npos) return std::nullopt;
  std::string_view before = line.substr(call, none - call);
  if (before != "lru_cache(" && before != "lru_cache(maxsize=") return std::nullopt;
  rewrite.edits = {replace(number, none, 4, kBound)};
  return rewrite;
}

// d[key] → d.pop(key); d.get(key) → d.pop(key, None); d.get(key, x) → d.pop(key, x)
std::optional<Rewrite> popWhenRead(std::string_view line, TextRange range) {
  if (range.begin.line != range.end.line || range.end.column > line.size()) return std::nullopt;
  std::size_t begin = range.begin.column, end = range.end.column;
  std::string_view text = line.substr(begin, end - begin);
  std::uint32_t number = range.begin.line;
  Rewrite rewrite{"Take the entry out when it is read (pop)", {}};
  for (std::size_t at = text.find(".get("); at != std::string_view::npos;
       at = text.find(".get(", at + 1)) {
    std::size_t open = at + 4;
    if (closing(text, open) != text.size() - 1) continue;
    std::string_view arguments = text.substr(open + 1, text.size() - open - 2);
    rewrite.edits = {replace(number, begin + at + 1, 3, "pop")};
    if (!hasTopLevelComma(arguments))
      rewrite.edits.push_back(replace(number, end - 1, 0, ", None"));
    return rewrite;
  }
  if (!text.ends_with(']')) return std::nullopt;
  for (std::size_t open = text.find('['); open != std::string_view::npos;
       open = text.find('[', open + 1)) {
    if (open == 0 || closing(text, open) != text.size() - 1) continue;
    rewrite.edits = {replace(number, begin + open, 1, ".pop("), replace(number, end - 1, 1, ")")};
    return rewrite;
  }
  return std::nullopt;
}

// Plain objects of one class: builtins cannot be referred to weakly.
bool weaklyReferable(const heap::Evidence& evidence) {
  return evidence.entryTypes.size() == 1 &&
         evidence.entryTypes[0].type.find('.') != std::string::npos;
}

// Where `import weakref` has to go; nothing when it is there already or there is no good place.
enum class Import { Present, Missing, NoPlace };
std::pair<Import, std::uint32_t> importPlace(const sources::SourceFile& file) {
  std::pair<Import, std::uint32_t> place{Import::NoPlace, 0};
  for (std::uint32_t i = 0; i < file.lines().lineCount(); ++i) {
    std::string_view line = file.line(i);
    if (line == "import weakref") return {Import::Present, i};
    bool imports = line.starts_with("import ") || line.starts_with("from ");
    if (!imports || line.starts_with("from __future__")) continue;
    if (place.first == Import::NoPlace) place = {Import::Missing, i};
  }
  return place;
}

bool isName(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c >= 0x80;
  });
}

// self.parent = parent → self.parent = weakref.proxy(parent) if parent is not None else None
std::optional<Rewrite> weakBackReference(const TextLines& lines, TextRange range) {
  const std::uint32_t number = range.begin.line;
  const std::string_view line = lines.line(number);
  const std::size_t sign = line.find(" = ", range.begin.column);
  if (range.end.line != number || sign == std::string_view::npos || !lines.file()) {
    return std::nullopt;
  }
  const std::string_view value = line.substr(sign + 3, range.end.column - sign - 3);
  if (!isName(value)) return std::nullopt;
  auto [import, at] = importPlace(*lines.file());
  if (import == Import::NoPlace) return std::nullopt;
  Rewrite rewrite{"Refer back weakly (weakref.proxy)", {}};
  const std::string name(value);
  rewrite.edits = {replace(number, sign + 3, value.size(),
                           "weakref.proxy(" + name + ") if " + name + " is not None else None")};
  if (import == Import::Missing) rewrite.edits.push_back(replace(at, 0, 0, "import weakref\n"));
  return rewrite;
}

// self.cache = {} → self.cache = weakref.WeakValueDictionary()
std::optional<Rewrite> weakValues(const TextLines& lines, std::uint32_t number,
                                  const heap::Evidence& evidence) {
  std::string_view line = lines.line(number);
  std::size_t empty = line.find("= {}"), call = line.find("= dict()");
  bool braces = empty != std::string_view::npos && line.substr(empty) == "= {}";
  bool called = call != std::string_view::npos && line.substr(call) == "= dict()";
  if ((!braces && !called) || !lines.file() || !weaklyReferable(evidence)) return std::nullopt;
  auto [import, at] = importPlace(*lines.file());
  if (import == Import::NoPlace) return std::nullopt;
  Rewrite rewrite{"Hold the values weakly (WeakValueDictionary)", {}};
  std::size_t value = (braces ? empty : call) + 2;
  rewrite.edits = {replace(number, value, line.size() - value, "weakref.WeakValueDictionary()")};
  if (import == Import::Missing) rewrite.edits.push_back(replace(at, 0, 0, "import weakref\n"));
  return rewrite;
}

}  // namespace

std::vector<Rewrite> rewrites(const sources::LocatedSuspect& suspect, const std::string& file,
                              const TextLines& lines) {
  std::vector<Rewrite> all;
  for (const sources::Location& place : suspect.locations) {
    if (place.file != file) continue;
    std::optional<TextRange> range = currentRange(lines, place);
    if (!range) continue;
    std::uint32_t number = range->begin.line;
    std::optional<Rewrite> rewrite;
    if (place.role == sources::Role::Decorator) {
      rewrite = boundCache(lines.line(number), number);
    } else if (place.role == sources::Role::Cleanup) {
      rewrite = popWhenRead(lines.line(number), *range);
    } else if (place.role == sources::Role::Define &&
               suspect.suspect.kind == heap::SuspectKind::GarbageCycle) {
      rewrite = weakBackReference(lines, *range);
    } else if (place.role == sources::Role::Define) {
      rewrite = weakValues(lines, number, suspect.suspect.evidence);
    }
    if (rewrite) all.push_back(std::move(*rewrite));
  }
  return all;
}

}  // namespace whyalive::features
