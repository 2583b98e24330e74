#include "server/cli/located_suspects.h"

#include "server/cli/console.h"
#include "server/heap/suspects.h"
#include "server/session/settings_file.h"
#include "server/sources/judge.h"
#include "server/sources/source_index.h"

namespace whyalive::cli {

Result<std::vector<std::string>> expectedSignatures(const std::string& settingsFile) {
  if (!settingsFile.empty()) {
    auto settings = session::readSettingsFile(settingsFile);
    if (!settings) return std::unexpected(std::move(settings.error()));
    return std::move(settings->expectedSuspects);
  }
  auto settings = session::findSettingsFile(".");
  if (!settings) return std::unexpected(std::move(settings.error()));
  return *settings ? std::move((*settings)->expectedSuspects) : std::vector<std::string>{};
}

Result<std::vector<sources::LocatedSuspect>> locatedSuspects(
    const Target& target, const std::vector<Target>& bases, std::size_t limit,
    std::vector<std::string> expected, sources::SourceIndex& index, Console& console,
    std::vector<heap::ClearedHolder>* cleared) {
  std::vector<const heap::Analysis*> earlier;
  for (const Target& base : bases) earlier.push_back(base.analysis.get());
  const RunControl control = console.progress();
  heap::SuspectOptions options;
  options.expected = std::move(expected);
  options.cleared = cleared;
  auto suspects = heap::findSuspects(*target.analysis, earlier, options, control);
  if (!suspects) return std::unexpected(std::move(suspects.error()));
  auto located =
      sources::locateSuspects(*target.analysis, std::move(*suspects), index, control, cleared);
  if (located && located->size() > limit) located->resize(limit);
  console.clearProgress();
  return located;
}

}  // namespace whyalive::cli
