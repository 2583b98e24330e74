// Cycles: the reference cycles of a heap, garbage that waits for the collector apart from live
// ones, equal ones as one row. Pure; linear in the heap.
//
// Among unreachable objects every reference counts. Among live ones those that make up the program
// itself do not (an object's class, a function's globals, modules that import each other, a class
// and its methods): they are for ever and nobody's fault.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"
#include "server/heap/cycle_cut.h"
#include "server/heap/cycle_ring.h"
#include "server/heap/suspect.h"

namespace whyalive::heap {

enum class CycleState { Garbage, Live };
std::string_view toString(CycleState state);  // "garbage", "live"

struct CycleGroup {
  CycleState state = CycleState::Live;
  std::uint64_t cycles = 0;   // components with this ring
  std::uint64_t objects = 0;  // in them
  Bytes size = 0;             // of these
  // Live: what goes with all of them at once (beyond the first 30 groups a lower bound); garbage:
  // with what hangs on them alone.
  Bytes retained = 0;
  std::vector<TypeShare> types;         // of these objects, most bytes first
  std::vector<std::string> finalizers;  // types among them that have __del__
  Ring ring;                            // of the largest one
  std::optional<Cut> cut;
  std::string holder;  // live: expression of an object in it; "" for garbage
};

struct CycleTotals {
  std::uint64_t cycles = 0, objects = 0;
  Bytes retained = 0;  // what goes with all of them at once: what hangs in two groups counts once
};

struct CyclesReport {
  CycleTotals garbage, live;
  std::vector<CycleGroup> groups;  // garbage first, then by what they retain
};

Result<CyclesReport> findCycles(const Analysis& analysis, const RunControl& control = {});

}  // namespace whyalive::heap
