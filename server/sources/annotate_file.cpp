#include "server/heap/analysis.h"
#include "server/sources/annotations.h"
#include "server/sources/live_facts.h"
#include "server/sources/source_file.h"
#include "server/sources/source_index.h"

namespace whyalive::sources {

std::vector<Annotation> annotate(const heap::Analysis& now, const heap::Analysis* since,
                                 std::span<const LocatedSuspect> suspects, SourceIndex& index,
                                 const std::string& file, const AnnotationOptions& options) {
  const HeapFacts facts(now, since, index.processPath(file));
  if (!facts.loaded()) return {};
  const auto source = index.file(file);
  if (!source) return {};
  return annotate(facts, suspects, *source, options);
}

}  // namespace whyalive::sources
