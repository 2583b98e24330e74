// Suspects with their lines, as `suspects` and `annotate` need them.
#pragma once

#include <cstddef>
#include <vector>

#include "protocol/base/result.h"
#include "server/cli/target.h"
#include "server/sources/annotations.h"

namespace whyalive::cli {

class Console;

Result<std::vector<sources::LocatedSuspect>> locatedSuspects(const Target& target,
                                                             const std::vector<Target>& bases,
                                                             std::size_t limit,
                                                             sources::SourceIndex& index,
                                                             Console& console);

}  // namespace whyalive::cli
