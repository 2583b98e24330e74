// Snapshots between their two forms: raw, as agents write and the heap reader takes them, and
// stored, with each section compressed (zstd) and checksummed, as files keep them. Same format,
// other SectionEntry values; sections that this version does not know pass through.
//
// No I/O of its own: bytes come and go through the callbacks, so that tests can feed it anything.
// Stored bytes are not trusted. Needs no more memory than the raw snapshot and a small window.
// Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"

namespace whyalive::session {

using WriteAt = std::function<Result<void>(std::uint64_t offset, std::span<const std::byte> bytes)>;
// Fills `into` wholly or fails.
using ReadAt = std::function<Result<void>(std::uint64_t offset, std::span<std::byte> into)>;

// Returns the bytes that the stored form has.
Result<std::uint64_t> storeCompressed(std::span<const std::byte> raw, const WriteAt& write,
                                      const RunControl& control = {});

// Far above any heap that fits a machine of today; a guard against absurd claims.
inline constexpr std::uint64_t kMaximumRawBytes = std::uint64_t{256} << 30;

// `size`: bytes that `read` can give. Messages are meant to follow the file's name:
// "is not a whyalive snapshot".
Result<std::vector<std::byte>> loadRaw(std::uint64_t size, const ReadAt& read,
                                       const RunControl& control = {},
                                       std::uint64_t maximumBytes = kMaximumRawBytes);

}  // namespace whyalive::session
