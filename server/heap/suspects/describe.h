// Turns a candidate into the suspect that people and server/sources see.
#pragma once

#include <string>

#include "server/heap/suspect.h"
#include "server/heap/suspects/candidate.h"

namespace whyalive::heap {

// "Dispatcher._expected", "app.CACHE", "variable request of reply": what a person calls the holder.
std::string holderName(const Holder& holder);

Suspect describeSuspect(const Ground& ground, const PathTree& tree, const Candidate& candidate);

}  // namespace whyalive::heap
