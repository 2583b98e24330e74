// R5, imported: what is left over from how a module came into the process is no suspect in one
// snapshot. Only the import system refers to it, by the module's __loader__ or __spec__: no code
// of the program has a name for it, so nothing fills it any more.
//
//   test_orders.__loader__ ──► config ──► session ──► items     pytest's, after its end
//
// Where it grows, growth wins and this is not asked.
#pragma once

#include <string>

#include "server/heap/suspects/candidate.h"

namespace whyalive::heap {

Verdict judgeImported(const Ground& ground, const Candidate& candidate, std::string& note);

}  // namespace whyalive::heap
