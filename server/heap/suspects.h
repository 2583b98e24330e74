// Suspects: who keeps more than it should, ranked. The rules and their thresholds are in
// docs/suspects.md; one rule a file in server/heap/suspects/. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"
#include "server/heap/suspect.h"

namespace whyalive::heap {

// What would be a suspect but for what `note` says: "bounded: full at its limit of 1,000".
struct ClearedHolder {
  Holder holder;
  Bytes retained = 0;
  std::string note;
};

struct SuspectOptions {
  std::size_t limit = 10;
  std::vector<std::string> expected;  // signatures marked as expected: never reported
  // Asked of each suspect that the heap alone cannot clear: whoever knows the source may see that a
  // store is bounded or runs at import time only (rule R5). Called on the caller's thread.
  std::function<Verdict(const Suspect&)> judge;
  std::vector<ClearedHolder>* cleared = nullptr;  // filled when wanted
};

// `bases`: earlier snapshots of the same process, oldest first; with none, only accumulation can be
// told, not growth. Ranks count from 1.
Result<std::vector<Suspect>> findSuspects(const Analysis& now,
                                          std::span<const Analysis* const> bases,
                                          const SuspectOptions& options = {},
                                          const RunControl& control = {});

}  // namespace whyalive::heap
