// What a holder really holds: its types for people, and the evidence by which server/sources
// chooses among the statements that could have filled it.
#pragma once

#include <vector>

#include "server/heap/suspect.h"
#include "server/heap/suspects/candidate.h"

namespace whyalive::heap {

// Types of everything retained, the one to show first in front (see docs/suspects.md, "Payload").
std::vector<TypeShare> retainedTypes(const Ground& ground, const Candidate& candidate);

Evidence evidenceOf(const Ground& ground, ObjectIndex holder);

}  // namespace whyalive::heap
