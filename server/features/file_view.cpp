#include "server/features/file_view.h"

namespace whyalive::features {

const sources::LocatedSuspect* suspectOfRank(const std::vector<sources::LocatedSuspect>& suspects,
                                             std::uint32_t rank) {
  for (const sources::LocatedSuspect& one : suspects) {
    if (rank != 0 && one.suspect.rank == rank) return &one;
  }
  return nullptr;
}

}  // namespace whyalive::features
