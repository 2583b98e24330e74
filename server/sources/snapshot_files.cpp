#include "server/sources/snapshot_files.h"

#include <algorithm>

#include "server/heap/analysis.h"
#include "server/sources/candidate.h"
#include "server/sources/judge.h"
#include "server/sources/source_index.h"
#include "server/sources/warning_lines.h"

namespace whyalive::sources {
namespace {

// Whether the attribute of the object that has the holder for an attribute is None there. The
// text's `__limit` is `_Class__limit` in the heap.
bool isNone(const heap::HeapGraph& graph, const heap::Holder& holder, std::string_view attribute) {
  const auto named = std::ranges::find(holder.steps, holder.name, &heap::Step::name);
  if (named == holder.steps.end() || named == holder.steps.begin()) return false;
  const ObjectIndex owner = std::prev(named)->object;
  if (owner == kNoObject) return false;
  const auto isNoneHere = [&](std::string_view name) {
    const ObjectIndex value = graph.attribute(owner, name);
    return value != kNoObject && graph.typeName(value) == "NoneType";
  };
  if (isNoneHere(attribute)) return true;
  return attribute.starts_with("__") &&
         std::ranges::any_of(holder.mro, [&](const heap::ClassName& cls) {
           return isNoneHere(mangledName(cls, attribute));
         });
}

}  // namespace

std::string absolutePath(std::string_view file, std::string_view workingDirectory) {
  if (file.empty() || file.starts_with('/') || file.starts_with('<') || workingDirectory.empty()) {
    return std::string(file);
  }
  while (file.starts_with("./")) file.remove_prefix(2);
  std::string path(workingDirectory);
  if (!path.ends_with('/')) path += '/';
  return path.append(file);
}

std::vector<ModuleFile> moduleFiles(const heap::Analysis& analysis) {
  std::vector<ModuleFile> modules;
  const heap::Snapshot& snapshot = analysis.graph().snapshot();
  modules.reserve(snapshot.modules.size());
  for (const heap::ModuleRecord& record : snapshot.modules) {
    const std::string_view file = snapshot.name(record.file);
    if (file.empty()) continue;
    modules.push_back({std::string(snapshot.name(record.name)),
                       absolutePath(file, analysis.process().workingDirectory)});
  }
  return modules;
}

std::vector<Location> locate(const heap::Analysis& analysis, const heap::Suspect& suspect,
                             SourceIndex& index, const RunControl& control) {
  std::vector<Location> found = locate(suspect, moduleFiles(analysis), index, control);
  return found.empty() ? warningLines(analysis, suspect, index) : found;
}

Result<std::vector<LocatedSuspect>> locateSuspects(const heap::Analysis& analysis,
                                                   std::vector<heap::Suspect> suspects,
                                                   SourceIndex& index, const RunControl& control,
                                                   ClearedHolders* cleared) {
  const HeapAnswers answers{
      .lines = [&](const heap::Suspect& suspect) { return warningLines(analysis, suspect, index); },
      .isNone =
          [&](const heap::Suspect& suspect, std::string_view attribute) {
            return isNone(analysis.graph(), suspect.holder, attribute);
          },
  };
  return locateSuspects(moduleFiles(analysis), std::move(suspects), index, control, answers,
                        cleared);
}

}  // namespace whyalive::sources
