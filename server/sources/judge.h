// judge(): what the sources say against a suspect (docs/suspects.md, R5). A container whose storing
// function evicts when it is full is bounded, unless the limit is None in the process; one that
// nothing fills outside import time is static.
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"
#include "server/heap/suspects.h"
#include "server/sources/annotations.h"
#include "server/sources/locate.h"

namespace whyalive::sources {

enum class Judgement {
  Open,     // nothing in the sources clears it
  Bounded,  // measured and emptied where it is filled
  Static,   // no statement fills it once the program runs
};

// What only the snapshot tells; each may be left out.
struct HeapAnswers {
  // Lines for a suspect for which the sources tell none.
  std::function<std::vector<Location>(const heap::Suspect&)> lines;
  // Whether this attribute of the holder's owner, as its class writes it, is None.
  std::function<bool(const heap::Suspect&, std::string_view attribute)> isNone;
};

Judgement judge(const heap::Suspect& suspect, std::span<const Location> locations,
                SourceIndex& index, const HeapAnswers& heap = {});

// Locates all suspects and leaves out those that the sources clear: bounded ones, and static ones
// that do not grow; `cleared`, when wanted, gets these. What only follows others, as a WeakSet
// does, comes last. Ranks count from 1 again.
using ClearedHolders = std::vector<heap::ClearedHolder>;
Result<std::vector<LocatedSuspect>> locateSuspects(const heap::Analysis& analysis,
                                                   std::vector<heap::Suspect> suspects,
                                                   SourceIndex& index,
                                                   const RunControl& control = {},
                                                   ClearedHolders* cleared = nullptr);

Result<std::vector<LocatedSuspect>> locateSuspects(std::span<const ModuleFile> modules,
                                                   std::vector<heap::Suspect> suspects,
                                                   SourceIndex& index,
                                                   const RunControl& control = {},
                                                   const HeapAnswers& heap = {},
                                                   ClearedHolders* cleared = nullptr);

}  // namespace whyalive::sources
