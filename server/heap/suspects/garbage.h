// R1: garbage that is never collected, as one suspect.
#pragma once

#include <optional>

#include "server/heap/suspect.h"
#include "server/heap/suspects/candidate.h"

namespace whyalive::heap {

std::optional<Suspect> findGarbage(const Ground& ground);

}  // namespace whyalive::heap
