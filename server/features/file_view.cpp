#include "server/features/file_view.h"

namespace whyalive::features {

const sources::LocatedSuspect* suspectOfRank(const Suspects& suspects, std::uint32_t rank) {
  if (!suspects) return nullptr;
  for (const sources::LocatedSuspect& one : *suspects) {
    if (rank != 0 && one.suspect.rank == rank) return &one;
  }
  return nullptr;
}

}  // namespace whyalive::features
