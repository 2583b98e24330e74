#include "server/features/expected_suspects.h"

namespace whyalive::features {

std::vector<sources::LocatedSuspect> withoutExpected(std::vector<sources::LocatedSuspect> suspects,
                                                     const std::set<std::string>& expected) {
  std::erase_if(suspects, [&](const sources::LocatedSuspect& one) {
    return expected.contains(one.suspect.signature);
  });
  std::uint32_t rank = 0;
  for (sources::LocatedSuspect& one : suspects) one.suspect.rank = ++rank;
  return suspects;
}

}  // namespace whyalive::features
