#include "server/sources/snapshot_files.h"

#include "server/heap/analysis.h"
#include "server/sources/judge.h"
#include "server/sources/source_index.h"
#include "server/sources/warning_lines.h"

namespace whyalive::sources {

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
  return locateSuspects(
      moduleFiles(analysis), std::move(suspects), index, control,
      [&](const heap::Suspect& suspect) { return warningLines(analysis, suspect, index); },
      cleared);
}

}  // namespace whyalive::sources
