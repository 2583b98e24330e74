// Snapshot files: saved so that a finished one is never lost or half there (written aside, fsync,
// rename) and readable by their owner alone, for they hold what the process held; loaded without
// trust. Blocking, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/net/take_snapshot.h"

namespace whyalive::session {

// Returns the file's size.
Result<std::uint64_t> saveSnapshot(std::span<const std::byte> raw, const std::string& path,
                                   const RunControl& control = {});

Result<net::SnapshotBytes> loadSnapshot(const std::string& path, const RunControl& control = {});

}  // namespace whyalive::session
