// Any text as Python and any edits of it: the index of an edited buffer is the index of its text,
// and hints for it stay within it.
#include <span>
#include <string>
#include <vector>

#include "server/sources/annotations.h"
#include "server/sources/source_file.h"
#include "server/sources/source_index.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/sample_heap.h"

namespace whyalive {
namespace {

using namespace sources;

SourceIndex emptyIndex() {
  return SourceIndex([](const std::string&) -> Result<std::string> {
    return std::unexpected(Error{ErrorCode::NotFound, "no file", ""});
  });
}

std::string facts(const FileIndex& index) {
  std::string out;
  for (const ClassFact& one : index.classes) out += "class " + one.qualname + "\n";
  for (const FunctionFact& one : index.functions) {
    out += "def " + one.qualname + " " + std::to_string(one.range.begin) + "\n";
  }
  for (const Use& one : index.uses) {
    out += "use " + one.path.text() + " " + std::to_string(one.range.begin) + "\n";
  }
  return out;
}

void checkHints(SourceIndex& index, const std::shared_ptr<const SourceFile>& file) {
  for (const Annotation& hint :
       annotate(*fuzz::sampleHeap(), nullptr, {}, index, fuzz::kSampleFile)) {
    EXPECT(hint.line < file->lines().lineCount());
    EXPECT(hint.column <= file->line(hint.line).size());
  }
}

}  // namespace
}  // namespace whyalive

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace whyalive;
  fuzz::Input input(data, size);
  std::vector<TextEdit> edits(input.byte() % 4);
  for (TextEdit& edit : edits) {
    edit.range.begin = {input.byte(), input.byte()};
    edit.range.end = {edit.range.begin.line + input.byte() % 4, input.byte()};
    edit.text = input.text(input.byte() % 64);
  }
  SourceIndex index = emptyIndex();
  index.openBuffer(fuzz::kSampleFile, std::string(input.rest()));
  for (const TextEdit& edit : edits) {
    EXPECT(index.editBuffer(fuzz::kSampleFile, std::span(&edit, 1)));
    EXPECT(index.file(fuzz::kSampleFile));
  }
  const auto edited = index.file(fuzz::kSampleFile);
  EXPECT(edited);
  const std::string text(edited->text());
  if (!edits.empty()) {
    SourceIndex fresh = emptyIndex();
    fresh.openBuffer(fuzz::kSampleFile, text);
    EXPECT(facts(edited->index()) == facts(fresh.file(fuzz::kSampleFile)->index()));
  }
  checkHints(index, edited);
  return 0;
}
