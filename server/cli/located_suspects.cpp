#include "server/cli/located_suspects.h"

#include "server/cli/console.h"
#include "server/heap/suspects.h"
#include "server/sources/judge.h"
#include "server/sources/source_index.h"

namespace whyalive::cli {

Result<std::vector<sources::LocatedSuspect>> locatedSuspects(const Target& target,
                                                             const std::vector<Target>& bases,
                                                             std::size_t limit,
                                                             sources::SourceIndex& index,
                                                             Console& console) {
  std::vector<const heap::Analysis*> earlier;
  for (const Target& base : bases) earlier.push_back(base.analysis.get());
  const RunControl control = console.progress();
  auto suspects = heap::findSuspects(*target.analysis, earlier, {}, control);
  if (!suspects) return std::unexpected(std::move(suspects.error()));
  auto located = sources::locateSuspects(*target.analysis, std::move(*suspects), index, control);
  if (located && located->size() > limit) located->resize(limit);
  console.clearProgress();
  return located;
}

}  // namespace whyalive::cli
