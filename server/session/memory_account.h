// The account of a process's resident memory: what /proc, the allocators and a snapshot say, put
// together so that every page is in one part and the parts add up. Pure, but for readMemoryFacts.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/agent/messages.h"
#include "protocol/base/result.h"
#include "protocol/whyalive/memory.h"
#include "server/session/resident_memory.h"

namespace whyalive::heap {
struct Snapshot;
}

namespace whyalive::session {

// What CPython prints of its arenas (sys._debugmallocstats); nothing when it has none, as with
// PYTHONMALLOC=malloc.
std::optional<api::ArenaState> parseArenas(std::string_view text);

struct MemoryFacts {
  std::int64_t pid = 0;
  std::int64_t time = 0;  // when `resident` was read, milliseconds since the Unix epoch
  ResidentMemory resident;
  MemoryStatus status;
  std::optional<agent::wire::MemoryResult> agent;  // nothing without an agent that answers
  std::optional<api::CountedObjects> objects;      // nothing without a snapshot
};

// Its objects' sizes with the buffers they own elsewhere.
api::CountedObjects countObjects(const heap::Snapshot& snapshot);

api::MemoryResult memoryAccount(const MemoryFacts& facts);

// What /proc has of this process; NotFound when there is none, PermissionDenied when it is another
// user's.
Result<MemoryFacts> readMemoryFacts(std::int64_t pid);

}  // namespace whyalive::session
