#include <cstdlib>
#include <limits>

#include "server/sources/candidate.h"

namespace whyalive::sources {

FoundFunction findFunction(const SharedFile& file, std::string_view qualname,
                           std::uint32_t firstLine) {
  FoundFunction best;
  if (!file || qualname.empty()) return best;
  std::int64_t nearest = std::numeric_limits<std::int64_t>::max();
  for (const int number : file->index().functionsNamed(qualname)) {
    const FoundFunction one{file, number};
    const std::int64_t distance =
        firstLine == 0 ? 0 : std::llabs(std::int64_t{one.firstLine()} - std::int64_t{firstLine});
    if (distance < nearest) {
      best = one;
      nearest = distance;
    }
  }
  if (best || firstLine == 0) return best;
  for (std::size_t i = 0; i < file->index().functions.size(); ++i) {
    const FoundFunction one{file, static_cast<int>(i)};
    if (one.fact().name == qualname && one.firstLine() == firstLine) return one;
  }
  return best;
}

}  // namespace whyalive::sources
