#include "tests/features/features_support.h"

#include "server/sources/source_file.h"
#include "server/sources/source_index.h"
#include "tests/support/catch.h"

namespace whyalive::features {
namespace {

sources::TextRange rangeOfMark(const std::string& text, const std::string& mark) {
  std::size_t at = text.find(mark);
  REQUIRE(at != std::string::npos);
  std::uint32_t line = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i < at; ++i) {
    if (text[i] != '\n') continue;
    ++line;
    start = i + 1;
  }
  auto column = static_cast<std::uint32_t>(at - start);
  return {{line, column}, {line, column + static_cast<std::uint32_t>(mark.size())}};
}

std::string trimmedLineOf(const std::string& text, std::uint32_t line) {
  std::size_t start = 0;
  for (std::uint32_t i = 0; i < line; ++i) start = text.find('\n', start) + 1;
  start = text.find_first_not_of(' ', start);
  return text.substr(start, text.find('\n', start) - start);
}

}  // namespace

std::shared_ptr<const sources::SourceFile> parse(const std::string& path, const std::string& text) {
  sources::SourceIndex index(
      [](const std::string&) { return fail(ErrorCode::NotFound, "no files here"); });
  index.openBuffer(path, text);
  return index.file(path);
}

sources::Annotation annotation(const std::string& text, const std::string& mark,
                               sources::AnnotationKind kind, const std::string& hint,
                               std::uint32_t suspectRank) {
  sources::Annotation one;
  one.name = rangeOfMark(text, mark);
  one.line = one.name.begin.line;
  std::size_t lineStart = text.rfind('\n', text.find(mark));
  lineStart = lineStart == std::string::npos ? 0 : lineStart + 1;
  one.column = static_cast<std::uint32_t>(text.find('\n', lineStart) - lineStart);
  one.kind = kind;
  one.text = hint;
  one.tooltip = "about **" + mark + "**";
  one.subject = "app." + mark;
  one.suspectRank = suspectRank;
  return one;
}

sources::Location location(const std::string& text, const std::string& mark, sources::Role role,
                           const std::string& file) {
  sources::TextRange range = rangeOfMark(text, mark);
  sources::Location one;
  one.role = role;
  one.file = file;
  one.line = range.begin.line + 1;
  one.column = range.begin.column + 1;
  one.endLine = range.end.line + 1;
  one.endColumn = range.end.column + 1;
  one.text = trimmedLineOf(text, range.begin.line);
  return one;
}

sources::LocatedSuspect suspect(std::uint32_t rank, std::vector<sources::Location> locations) {
  sources::LocatedSuspect one;
  one.suspect.rank = rank;
  one.suspect.title = "client._expected holds 3100 entries";
  one.suspect.signature = "5ca1ab1e";
  one.suspect.holder.expression = "__main__.client._expected";
  one.suspect.holder.steps = {{heap::StepKind::Module, "__main__", "", kNoObject},
                              {heap::StepKind::Global, "client", "app.Client", ObjectIndex{7}},
                              {heap::StepKind::Attribute, "_expected", "dict", ObjectIndex{8}}};
  one.locations = std::move(locations);
  return one;
}

FileView view(const std::string& text, std::vector<sources::Annotation> annotations,
              std::vector<sources::LocatedSuspect> suspects, sources::PositionEncoding encoding) {
  return FileView{
      kFile, "s1", TextLines(parse(kFile, text), encoding), std::move(annotations),
      std::make_shared<const std::vector<sources::LocatedSuspect>>(std::move(suspects))};
}

}  // namespace whyalive::features
