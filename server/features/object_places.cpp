#include "server/features/object_places.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>

#include "server/features/suspect_report.h"
#include "server/heap/analysis.h"
#include "server/heap/code_names.h"
#include "server/heap/expression.h"
#include "server/heap/suspect.h"
#include "server/sources/anchor.h"
#include "server/sources/locate.h"
#include "server/sources/snapshot_files.h"
#include "server/sources/source_file.h"
#include "server/sources/source_index.h"

namespace whyalive::features {
namespace {

std::string fileOfModule(const heap::Analysis& analysis, std::string_view module) {
  for (const sources::ModuleFile& one : sources::moduleFiles(analysis)) {
    if (one.module == module) return one.file;
  }
  return {};
}

api::SourceLocation lineAt(const sources::SourceFile& file, sources::ByteRange name,
                           std::string_view qualname) {
  const sources::TextPosition at = file.range(name).begin;
  const std::string_view line = file.line(at.line);
  const std::string_view text = sources::trimmedLine(line);
  const auto column = static_cast<std::uint32_t>(text.data() - line.data());
  return {"class",          file.path(), at.line + 1, column + 1, sources::displayName(qualname),
          std::string(text)};
}

std::optional<api::SourceLocation> placeOfClass(const heap::Analysis& analysis, TypeIndex type,
                                                sources::SourceIndex& index) {
  const heap::TypeRecord& info = analysis.graph().typeInfo(type);
  if (!info.has(heap::TypeFlag::PythonClass)) return std::nullopt;
  const std::string process = fileOfModule(analysis, analysis.graph().name(info.module));
  const auto file = process.empty() ? nullptr : index.file(index.localPath(process));
  if (!file) return std::nullopt;
  const std::string_view qualname = analysis.graph().name(info.qualname);
  const sources::ClassFact* found = file->index().classNamed(qualname);
  if (found == nullptr) return std::nullopt;
  return lineAt(*file, found->nameRange, qualname);
}

std::optional<api::SourceLocation> placeOfFunction(const heap::Analysis& analysis, ObjectIndex o,
                                                   sources::SourceIndex& index) {
  const ObjectIndex code = analysis.graph().codeOf(o);
  if (code == kNoObject) return std::nullopt;
  const heap::FunctionName function = heap::functionName(analysis.graph(), code);
  const std::string process =
      sources::absolutePath(function.file, analysis.process().workingDirectory);
  const auto file = process.starts_with('/') ? index.file(index.localPath(process)) : nullptr;
  if (!file) return std::nullopt;
  const sources::FunctionFact* best = nullptr;
  std::int64_t nearest = 0;
  for (const int number : file->index().functionsNamed(function.qualname)) {
    const sources::FunctionFact& one = file->index().functions[static_cast<std::size_t>(number)];
    const std::int64_t line = file->lines().lineOf(one.range.begin) + 1;
    const std::int64_t distance = std::llabs(line - std::int64_t{function.firstLine});
    if (best != nullptr && distance >= nearest) continue;
    best = &one;
    nearest = distance;
  }
  if (best == nullptr) return std::nullopt;
  return lineAt(*file, best->nameRange, function.qualname);
}

// The holder as a suspect whose one entry the object is.
heap::Suspect asSuspect(const heap::Analysis& analysis, ObjectIndex o) {
  heap::Suspect suspect;
  suspect.holder = heap::describeHolder(analysis, o);
  const std::string type(analysis.graph().typeName(o));
  suspect.types = {{type, 1, analysis.graph().size(o)}};
  suspect.evidence.entryTypes = suspect.types;
  suspect.evidence.identifiers = {std::string(heap::lastPart(type))};
  suspect.count = 1;
  return suspect;
}

}  // namespace

std::vector<api::SourceLocation> placesOfObject(const heap::Analysis& analysis, ObjectIndex o,
                                                sources::SourceIndex& index,
                                                const RunControl& control) {
  std::vector<api::SourceLocation> places;
  if (analysis.paths().reached(o)) {
    const heap::Suspect suspect = asSuspect(analysis, o);
    if (suspect.holder.owner != heap::OwnerKind::Native) {
      places = locationReports(sources::locate(analysis, suspect, index, control));
    }
  }
  const TypeIndex self = analysis.graph().typeOfTypeObject(o);
  auto own =
      self != kNoType ? placeOfClass(analysis, self, index) : placeOfFunction(analysis, o, index);
  if (!own && self == kNoType) own = placeOfClass(analysis, analysis.graph().type(o), index);
  if (own) places.push_back(*std::move(own));
  return places;
}

}  // namespace whyalive::features
