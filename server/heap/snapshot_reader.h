// Reads a snapshot's bytes and trusts none of them: every offset, length, count and index is
// checked, so that a damaged or foreign file gives one clear error and nothing else. Pure; no I/O.
//
// Compressed sections are refused here: whoever reads the file decompresses first (server/session).
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/snapshot.h"

namespace whyalive::heap {

// With `keepAlive` (the owner of `bytes`, say a mapped file) the two largest sections are used in
// place; without, they are copied and `bytes` may go when this returns.
Result<Snapshot> readSnapshot(std::span<const std::byte> bytes,
                              std::shared_ptr<const void> keepAlive = nullptr,
                              const RunControl& control = {});

}  // namespace whyalive::heap
