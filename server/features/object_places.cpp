#include "server/features/object_places.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

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

api::SourceLocation lineAt(const sources::SourceFile& file, sources::ByteRange name,
                           std::string_view qualname) {
  const sources::TextPosition at = file.range(name).begin;
  const std::string_view line = file.line(at.line);
  const std::string_view text = sources::trimmedLine(line);
  const auto column = static_cast<std::uint32_t>(text.data() - line.data());
  return {"class",          file.path(), at.line + 1, column + 1, sources::displayName(qualname),
          std::string(text)};
}

class ClassFinder {
 public:
  ClassFinder(const heap::Analysis& analysis, sources::SourceIndex& index)
      : graph_(analysis.graph()), index_(index) {
    for (sources::ModuleFile& one : sources::moduleFiles(analysis)) {
      files_.emplace(std::move(one.module), std::move(one.file));
    }
  }

  std::optional<api::SourceLocation> placeOf(TypeIndex type) {
    const heap::TypeRecord& info = graph_.typeInfo(type);
    if (!info.has(heap::TypeFlag::PythonClass)) return std::nullopt;
    const auto process = files_.find(std::string(graph_.name(info.module)));
    if (process == files_.end()) return std::nullopt;
    const auto file = index_.file(index_.localPath(process->second));
    if (!file) return std::nullopt;
    const std::string_view qualname = graph_.name(info.qualname);
    const sources::ClassFact* found = file->index().classNamed(qualname);
    if (found != nullptr) return lineAt(*file, found->nameRange, qualname);
    // Point = namedtuple("Point", …)
    const auto made =
        std::ranges::find(file->index().globals, qualname, &sources::LocalBinding::name);
    if (made == file->index().globals.end()) return std::nullopt;
    const auto end = made->offset + static_cast<std::uint32_t>(qualname.size());
    return lineAt(*file, {made->offset, end}, qualname);
  }

 private:
  const heap::HeapGraph& graph_;
  sources::SourceIndex& index_;
  std::unordered_map<std::string, std::string> files_;  // of modules, process paths
};

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
  ClassFinder classes(analysis, index);
  const TypeIndex self = analysis.graph().typeOfTypeObject(o);
  auto own = self != kNoType ? classes.placeOf(self) : placeOfFunction(analysis, o, index);
  if (!own && self == kNoType) own = classes.placeOf(analysis.graph().type(o));
  if (own) places.push_back(*std::move(own));
  return places;
}

Result<std::vector<api::ClassPlace>> placesOfClasses(const heap::Analysis& analysis,
                                                     const std::vector<std::string>& types,
                                                     sources::SourceIndex& index,
                                                     const RunControl& control) {
  const heap::HeapGraph& graph = analysis.graph();
  std::unordered_multimap<std::string_view, TypeIndex>
      named;  // a reloaded module's are there twice
  for (std::uint32_t t = 0; t < graph.typeCount(); ++t) {
    named.emplace(graph.typeName(TypeIndex{t}), TypeIndex{t});
  }
  ClassFinder classes(analysis, index);
  std::vector<api::ClassPlace> places;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (!control.keepGoing("reading sources",
                           static_cast<double>(i) / static_cast<double>(types.size()))) {
      return fail(ErrorCode::Cancelled, "the search for classes was cancelled");
    }
    for (auto [one, end] = named.equal_range(types[i]); one != end; ++one) {
      if (auto place = classes.placeOf(one->second)) {
        places.push_back({types[i], *std::move(place)});
        break;
      }
    }
  }
  return places;
}

}  // namespace whyalive::features
