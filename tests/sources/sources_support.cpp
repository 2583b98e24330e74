#include "tests/sources/sources_support.h"

#include <sstream>

#include "server/sources/python_syntax.h"
#include "tests/support/catch.h"

namespace whyalive::sources {
namespace {

void write(std::ostream& out, const Value& value) {
  out << static_cast<int>(value.kind) << (value.awaited ? "!" : "") << value.path.text() << "(";
  for (const Value& element : value.elements) write(out, element);
  out << ")";
}

void write(std::ostream& out, ByteRange range) { out << " " << range.begin << "-" << range.end; }

}  // namespace

std::shared_ptr<const SourceFile> parsed(std::string text, std::string path) {
  PythonParser parser;
  const SyntaxTree tree = parser.parse(text);
  const Syntax syntax = PythonParser::flatten(tree, text);
  return std::make_shared<SourceFile>(std::move(path), std::move(text), syntax);
}

std::vector<std::uint32_t> markedLines(std::string_view text, std::string_view name) {
  const LineTable lines(text);
  const std::string mark = "#< " + std::string(name);
  std::vector<std::uint32_t> found;
  for (std::uint32_t number = 0; number < lines.lineCount(); ++number) {
    const std::string_view line = lines.line(text, number);
    const std::size_t at = line.find(mark);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = line.substr(at + mark.size());
    if (rest.empty() || rest[0] == ' ') found.push_back(number + 1);
  }
  return found;
}

std::uint32_t markedLine(std::string_view text, std::string_view name) {
  const std::vector<std::uint32_t> found = markedLines(text, name);
  INFO("mark " << name);
  REQUIRE(found.size() == 1);
  return found.front();
}

FileReader FakeFiles::reader() {
  return [this](const std::string& path) -> Result<std::string> {
    ++reads[path];
    const auto found = files.find(path);
    if (found == files.end()) return fail(ErrorCode::NotFound, "no such file: " + path);
    return found->second;
  };
}

std::string dump(const SourceFile& file) {
  std::ostringstream out;
  const FileIndex& index = file.index();
  for (const ClassFact& one : index.classes) {
    out << "class " << one.qualname << " f" << one.function << " c" << one.outer;
    for (const Path& base : one.bases) out << " " << base.text();
    for (const std::string_view slot : one.slots) out << " slot " << slot;
    write(out, one.range);
    write(out, one.nameRange);
    out << "\n";
  }
  for (const FunctionFact& one : index.functions) {
    out << "def " << one.qualname << " c" << one.cls << " o" << one.outer << " " << one.selfName
        << " async" << one.isAsync;
    write(out, one.range);
    for (const auto& parameter : one.parameters) out << " " << parameter.name;
    for (const auto& local : one.locals) {
      out << " " << local.name << "=";
      write(out, local.value);
    }
    for (const auto name : one.reads) out << " r:" << name;
    for (const auto& suspension : one.suspensions) write(out, suspension.range);
    out << "\n";
  }
  for (const Use& use : index.uses) {
    out << "use " << static_cast<int>(use.kind) << " " << use.how << " " << use.path.text()
        << " -> " << static_cast<int>(use.target.kind) << " " << use.target.receiver << "|"
        << use.target.name << " f" << use.function << " c" << use.cls << " l" << use.inLoop;
    write(out, use.value);
    write(out, use.range);
    write(out, use.name);
    out << "\n";
  }
  for (const Call& call : index.calls) {
    out << "call " << call.callee.text() << " f" << call.function;
    for (const Argument& argument : call.arguments) write(out, argument.value);
    write(out, call.range);
    out << "\n";
  }
  for (const Import& import : index.imports) {
    out << "import " << import.local << " " << import.module << " " << import.member << "\n";
  }
  return out.str();
}

}  // namespace whyalive::sources
