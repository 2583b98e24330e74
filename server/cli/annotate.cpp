// whyalive annotate: a source file with the hints that an editor would show beside its lines.
#include <CLI/App.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "server/cli/broken_source.h"
#include "server/cli/commands.h"
#include "server/cli/console.h"
#include "server/cli/located_suspects.h"
#include "server/cli/source_reader.h"
#include "server/cli/target.h"
#include "server/cli/text.h"
#include "server/sources/annotations.h"
#include "server/sources/source_index.h"

namespace whyalive::cli {
namespace {

constexpr std::size_t kSuspects = 10;  // whose lines are marked, as in an editor

struct Options {
  std::string target;
  std::string file;
  std::vector<std::string> since;
  int context = -1;  // lines around each hint; negative: the whole file
  bool json = false;
};

using Annotations = std::vector<sources::Annotation>;

std::vector<std::string_view> linesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

nlohmann::json toJson(const Annotations& annotations, const std::string& file) {
  nlohmann::json list = nlohmann::json::array();
  for (const sources::Annotation& annotation : annotations) {
    nlohmann::json entry = {{"line", annotation.line + 1},
                            {"column", annotation.column + 1},
                            {"kind", sources::toString(annotation.kind)},
                            {"text", annotation.text},
                            {"tooltip", annotation.tooltip},
                            {"subject", annotation.subject}};
    if (annotation.suspectRank != 0) entry["suspect"] = annotation.suspectRank;
    list.push_back(std::move(entry));
  }
  return {{"file", file}, {"annotations", std::move(list)}};
}

// A source line on a terminal: tabs as spaces, nothing that moves the cursor.
std::string shown(std::string_view line) {
  std::string out;
  std::size_t start = 0;
  for (std::size_t tab = line.find('\t'); tab != std::string_view::npos;
       tab = line.find('\t', start)) {
    out += printable(line.substr(start, tab - start));
    out.append(8 - displayWidth(out) % 8, ' ');
    start = tab + 1;
  }
  return out + printable(line.substr(start));
}

class Listing {
 public:
  Listing(std::string_view text, const Annotations& annotations, Console& console)
      : lines_(linesOf(text)), annotations_(annotations), console_(console) {
    numberWidth_ = std::to_string(lines_.size()).size();
    for (const auto& annotation : annotations) {
      if (annotation.line >= lines_.size()) continue;
      hintColumn_ = std::max(hintColumn_, displayWidth(shown(lines_[annotation.line])));
    }
    hintColumn_ = std::min<std::size_t>(hintColumn_, 72);
  }

  void print(int context) {
    std::size_t next = 0;  // annotation
    std::size_t printed = 0;
    for (std::size_t line = 0; line < lines_.size(); ++line) {
      if (context >= 0 && !near(line, static_cast<std::size_t>(context))) continue;
      if (context >= 0 && line > printed && printed > 0) console_.printLine("   …");
      printed = line + 1;
      while (next < annotations_.size() && annotations_[next].line < line) ++next;
      printLine(line, next);
    }
  }

 private:
  bool near(std::size_t line, std::size_t context) const {
    return std::any_of(annotations_.begin(), annotations_.end(), [&](const auto& annotation) {
      return annotation.line + context >= line && line + context >= annotation.line;
    });
  }

  void printLine(std::size_t line, std::size_t annotation) {
    std::string number = std::to_string(line + 1);
    number.insert(0, numberWidth_ - number.size(), ' ');
    const std::string code = shown(lines_[line]);
    std::string out = console_.styled(Style::Dim, number + " │ ") + code;
    std::string hints;
    bool suspect = false;
    for (; annotation < annotations_.size() && annotations_[annotation].line == line;
         ++annotation) {
      if (!hints.empty()) hints += "   ";
      hints += printable(annotations_[annotation].text);
      suspect = suspect || annotations_[annotation].suspectRank != 0;
    }
    if (!hints.empty()) {
      const std::size_t width = displayWidth(code);
      out.append(width < hintColumn_ ? hintColumn_ - width : 0, ' ');
      out += "    " + console_.styled(suspect ? Style::Red : Style::Cyan, hints);
    }
    console_.printLine(out);
  }

  std::vector<std::string_view> lines_;
  const Annotations& annotations_;
  Console& console_;
  std::size_t numberWidth_ = 0;
  std::size_t hintColumn_ = 0;
};

std::unexpected<Error> doesNotParse(const std::string& file, std::uint32_t line) {
  return fail(ErrorCode::InvalidArgument,
              file + " does not parse as Python at line " + std::to_string(line),
              "correct that line, or give the file as the process loaded it");
}

Result<int> run(const Options& options, Console& console) {
  const std::string path = std::filesystem::absolute(options.file).lexically_normal().string();
  const auto text = readSource(path);  // before the long work
  if (!text) return std::unexpected(text.error());
  const auto broken = firstBrokenLine(*text);
  auto bases = loadBases(options.since, console);
  if (!bases) return std::unexpected(std::move(bases.error()));
  const auto target = loadTarget(options.target, console);
  if (!target) return std::unexpected(target.error());
  noteUnrelated(*target, *bases, console);
  sources::SourceIndex index = sourcesOf(options.target);
  auto expected = expectedSignatures("");
  if (!expected) return std::unexpected(std::move(expected.error()));
  const auto suspects =
      locatedSuspects(*target, *bases, kSuspects, *std::move(expected), index, console);
  if (!suspects) return std::unexpected(suspects.error());
  const heap::Analysis* since = bases->empty() ? nullptr : bases->back().analysis.get();
  const Annotations annotations =
      sources::annotate(*target->analysis, since, *suspects, index, path);
  if (annotations.empty() && broken) return doesNotParse(options.file, *broken);
  if (options.json) {
    printJson(console, toJson(annotations, path));
    return 0;
  }
  Listing(*text, annotations, console).print(options.context);
  if (annotations.empty()) {
    console.note("There is nothing to say of " + printable(options.file) +
                 ": the process has not loaded it, or little that it defines is alive.");
  } else if (broken) {
    console.note("Line " + std::to_string(*broken) +
                 " does not parse; hints near it may be missing.");
  }
  return 0;
}

}  // namespace

Action declareAnnotate(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("TARGET", options->target, kTargetHelp)->required();
  app.add_option("FILE", options->file, "Python source file")->required();
  app.add_option("--since", options->since,
                 "Earlier snapshot of the same process; may be given several times")
      ->allow_extra_args(false);
  app.add_option("--context", options->context,
                 "Print only the lines with hints, and so many around each");
  app.add_flag("--json", options->json, "Print JSON (docs/cli.md)");
  return [options](Console& console) { return run(*options, console); };
}

}  // namespace whyalive::cli
