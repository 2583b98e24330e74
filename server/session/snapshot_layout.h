// Header and section table of a snapshot, checked against the number of bytes there are.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/base/result.h"
#include "protocol/snapshot/format.h"
#include "server/session/snapshot_compression.h"

namespace whyalive::session {

struct SnapshotLayout {
  snapshot::Header header{};
  std::vector<snapshot::SectionEntry> sections;  // each lies within the bytes there are
};

Result<SnapshotLayout> readLayout(std::uint64_t size, const ReadAt& read);

}  // namespace whyalive::session
