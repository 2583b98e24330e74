#include "server/sources/tooltips.h"

#include <unordered_map>

#include "server/heap/amounts.h"

namespace whyalive::sources {

using heap::formatBytes;
using heap::formatChange;
using heap::formatCount;

namespace {

constexpr std::size_t kMostLocations = 4;

bool isControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

// Names and texts come out of a foreign heap and may hold anything: within a code span, only a
// backtick and the end of a line mean something.
std::string code(std::string_view text) {
  std::string out = "`";
  for (const char c : text) out += c == '`' ? '\'' : isControl(c) ? ' ' : c;
  return out + "`";
}

// As running text: no link, image, emphasis, HTML or entity can come of it.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\`*_{}[]()<>#+-!|&~:").find(c) != std::string_view::npos) out += '\\';
    out += isControl(c) ? ' ' : c;
  }
  return out;
}

std::string growthLine(std::optional<std::int64_t> growth, std::string_view what) {
  if (!growth || *growth == 0) return {};
  return "\n\n" + formatChange(*growth) + " " + std::string(what) + " since the base snapshot";
}

std::string suspectLines(const LocatedSuspect& located) {
  const heap::Suspect& suspect = located.suspect;
  std::string out = "\n\n**Suspect " + std::to_string(suspect.rank) + ":** " + plain(suspect.title);
  if (!suspect.note.empty()) out += " (" + plain(suspect.note) + ")";
  if (suspect.hasGrowth) {
    out += "\n\n" + formatChange(suspect.growth.count) + " entries, " +
           (suspect.growth.bytes < 0 ? "-" : "+") +
           formatBytes(static_cast<Bytes>(suspect.growth.bytes < 0 ? -suspect.growth.bytes
                                                                   : suspect.growth.bytes)) +
           " since the base snapshot";
  }
  return out;
}

}  // namespace

std::string classTooltip(std::string_view name, const heap::ClassStatistics& statistics) {
  return "**" + plain(name) + "**\n\n" +
         heap::counted(statistics.instances, "instance is", "instances are") + " alive and " +
         (statistics.instances == 1 ? "retains " : "retain ") + formatBytes(statistics.retained) +
         growthLine(statistics.growth, "instances");
}

std::string containerTooltip(std::string_view name, const heap::ContainedStatistics& statistics,
                             const LocatedSuspect* suspect) {
  std::string out = "**" + plain(name) + "** (" + code(statistics.type) + ")\n\n" +
                    heap::counted(statistics.entries, "entry", "entries");
  if (statistics.containers > 1) {
    out += " in " + formatCount(statistics.containers) + " containers";
  }
  out += (statistics.entries == 1 ? " retains " : " retain ") + formatBytes(statistics.retained);
  if (!statistics.entryType.empty()) {
    out +=
        "\n\nmostly " + code(statistics.entryType) + ": " + formatCount(statistics.entryTypeCount);
  }
  out += growthLine(statistics.growth, "entries");
  if (suspect != nullptr) out += suspectLines(*suspect);
  return out;
}

std::string suspendTooltip(std::string_view function, const LiveSuspension& suspension) {
  return formatCount(suspension.count) + " frames of " + code(function) +
         " wait here; their locals retain " + formatBytes(suspension.retained);
}

std::string closureTooltip(std::string_view function, const heap::ClosureStatistics& statistics) {
  std::string out = formatCount(statistics.count) + " functions made from " + code(function) +
                    " are alive and retain " + formatBytes(statistics.retained) + "\n\ncaptured: ";
  for (std::size_t i = 0; i < statistics.variables.size(); ++i) {
    out += (i == 0 ? "" : ", ") + code(statistics.variables[i]);
  }
  return out;
}

std::string suspectTooltip(const LocatedSuspect& located) {
  const heap::Suspect& suspect = located.suspect;
  std::string out = "held by " + code(suspect.holder.expression) + " (" +
                    code(suspect.holder.type) + "), " + formatBytes(suspect.retained) + " retained";
  out += suspectLines(located);
  std::size_t shown = 0;
  for (const Location& one : located.locations) {
    if (shown++ == kMostLocations) break;
    out += "\n- " + std::string(toString(one.role)) + ": " + code(one.text) + " line " +
           std::to_string(one.line);
    if (!one.function.empty()) out += " in " + code(one.function);
  }
  return out;
}

std::string plainText(std::string_view markdown) {
  std::string out;
  bool inCode = false;
  for (std::size_t i = 0; i < markdown.size(); ++i) {
    const char c = markdown[i];
    if (c == '`') {
      inCode = !inCode;
    } else if (inCode || (c != '\\' && c != '*')) {
      out += c;
    } else if (c == '\\' && i + 1 < markdown.size()) {
      out += markdown[++i];
    }
  }
  return out;
}

bool hasDrifted(const LiveFacts& facts, const SourceFile& file) {
  std::unordered_multimap<std::string_view, std::uint32_t> lines;
  for (const FunctionFact& function : file.index().functions) {
    lines.emplace(function.qualname, file.lines().lineOf(function.range.begin) + 1);
  }
  for (const LiveFunction& function : facts.functions()) {
    if (function.qualname.find('<') != std::string::npos) continue;  // comprehensions, lambdas
    const auto [first, last] = lines.equal_range(function.qualname);
    bool found = false;
    for (auto at = first; at != last; ++at) found = found || at->second == function.firstLine;
    if (first != last && !found) return true;
  }
  return false;
}

std::string_view driftNote() {
  return "\n\n*The process runs an older text of this file: it was changed since it was loaded.*";
}

}  // namespace whyalive::sources
