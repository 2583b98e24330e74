// Diff: what grew between two snapshots of one process, by kind and by holder. Pure.
//
// Groups are compared by name, never object by object: an address may have been used again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "server/heap/analysis.h"
#include "server/heap/holder.h"

namespace whyalive::heap {

struct KindDiff {
  std::string kind;
  std::uint64_t countBefore = 0, count = 0;
  Bytes sizeBefore = 0, size = 0;
};

struct HolderDiff {
  Holder holder;          // as it is now
  std::string signature;  // stable across runs
  std::uint64_t entriesBefore = 0, entries = 0;
  Bytes retainedBefore = 0, retained = 0;
};

struct HeapDiff {
  std::vector<KindDiff> kinds;      // changed ones; most bytes gained first
  std::vector<HolderDiff> holders;  // that hold more now; most bytes gained first
  std::int64_t count = 0;           // objects more than before
  std::int64_t size = 0;            // bytes more than before
};

struct DiffOptions {
  std::size_t holders = 20;
};

HeapDiff diff(const Analysis& before, const Analysis& now, const DiffOptions& options = {});

}  // namespace whyalive::heap
