#include "server/session/snapshot_compression.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include "protocol/snapshot/format.h"
#include "server/session/snapshot_layout.h"

namespace whyalive::session {
namespace {

using snapshot::Compression;
using snapshot::Header;
using snapshot::SectionEntry;

constexpr std::size_t kChunk = 1 << 20;  // bytes between two looks at progress
constexpr int kLevel = 3;                // higher levels gain little on these columns
constexpr std::uint64_t kAlignment = 16;

constexpr std::uint64_t aligned(std::uint64_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

// FNV-1a, 64 bits.
class Checksum {
 public:
  void add(std::span<const std::byte> bytes) {
    for (const std::byte b : bytes)
      value_ = (value_ ^ static_cast<std::uint8_t>(b)) * 0x100000001b3;
  }
  std::uint64_t value() const { return value_ == 0 ? 1 : value_; }  // 0 means "not computed"

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

std::unexpected<Error> cancelled() { return fail(ErrorCode::Cancelled, "cancelled"); }

// How much of the whole is done, for progress.
class Work {
 public:
  Work(const RunControl& control, std::string_view step, std::uint64_t total)
      : control_(control), step_(step), total_(std::max<std::uint64_t>(total, 1)) {}
  [[nodiscard]] bool advance(std::uint64_t bytes) {
    done_ += bytes;
    return control_.keepGoing(step_, static_cast<double>(done_) / static_cast<double>(total_));
  }

 private:
  const RunControl& control_;
  std::string_view step_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
};

// Compresses one section to `entry.offset`; fills in storedBytes and checksum.
Result<void> storeSection(ZSTD_CCtx* context, std::span<const std::byte> raw, SectionEntry& entry,
                          const WriteAt& write, Work& work) {
  ZSTD_CCtx_reset(context, ZSTD_reset_session_only);
  ZSTD_CCtx_setPledgedSrcSize(context, raw.size());
  std::vector<std::byte> window(ZSTD_CStreamOutSize());
  Checksum checksum;
  entry.storedBytes = 0;
  std::size_t left = 1;
  for (std::size_t at = 0; at < raw.size() || left != 0;) {
    const std::size_t length = std::min(kChunk, raw.size() - at);
    const bool last = at + length == raw.size();
    ZSTD_inBuffer in{raw.data() + at, length, 0};
    do {
      ZSTD_outBuffer out{window.data(), window.size(), 0};
      left = ZSTD_compressStream2(context, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
      if (ZSTD_isError(left)) return fail(ErrorCode::Internal, ZSTD_getErrorName(left));
      const auto stored = std::span<const std::byte>(window).first(out.pos);
      checksum.add(stored);
      if (auto done = write(entry.offset + entry.storedBytes, stored); !done) return done;
      entry.storedBytes += out.pos;
    } while (last ? left != 0 : in.pos < in.size);
    at += length;
    if (!work.advance(length)) return cancelled();
  }
  entry.checksum = checksum.value();
  return {};
}

std::unexpected<Error> damagedSection(const SectionEntry& section) {
  return fail(ErrorCode::Corrupt,
              "is damaged: section " + std::to_string(section.id) + " cannot be read back",
              "copy it again or take a new snapshot");
}

// Reads one section into `raw`, which has its raw size.
Result<void> loadSection(ZSTD_DCtx* context, const SectionEntry& section, std::span<std::byte> raw,
                         const ReadAt& read, Work& work) {
  ZSTD_DCtx_reset(context, ZSTD_reset_session_only);
  const bool compressed = section.compression == static_cast<std::uint32_t>(Compression::Zstd);
  std::vector<std::byte> window(std::min<std::uint64_t>(kChunk, section.storedBytes));
  ZSTD_outBuffer out{raw.data(), raw.size(), 0};
  Checksum checksum;
  std::size_t left = compressed ? 1 : 0;
  for (std::uint64_t at = 0; at < section.storedBytes;) {
    const auto chunk =
        std::span(window).first(std::min<std::uint64_t>(window.size(), section.storedBytes - at));
    if (auto done = read(section.offset + at, chunk); !done) return done;
    if (section.checksum != 0) checksum.add(chunk);
    if (compressed) {
      ZSTD_inBuffer in{chunk.data(), chunk.size(), 0};
      left = ZSTD_decompressStream(context, &out, &in);
      if (ZSTD_isError(left) || in.pos != in.size) return damagedSection(section);
    } else {
      std::memcpy(raw.data() + at, chunk.data(), chunk.size());
      out.pos += chunk.size();
    }
    at += chunk.size();
    if (!work.advance(chunk.size())) return cancelled();
  }
  const bool whole = left == 0 && out.pos == raw.size();
  const bool intact = section.checksum == 0 || section.checksum == checksum.value();
  if (!whole || !intact) return damagedSection(section);
  return {};
}

// Places all sections one after another, uncompressed.
Result<std::uint64_t> layOutRaw(SnapshotLayout& layout, std::uint64_t maximumBytes) {
  layout.header.sectionTableOffset = sizeof(Header);
  std::uint64_t end = sizeof(Header) + layout.sections.size() * sizeof(SectionEntry);
  for (SectionEntry& section : layout.sections) {
    end = aligned(end);
    if (section.rawBytes > maximumBytes || end + section.rawBytes > maximumBytes) {
      return fail(ErrorCode::ResourceExhausted,
                  "claims to hold more than " + std::to_string(maximumBytes) + " bytes",
                  "take a new snapshot");
    }
    section.offset = end;
    section.storedBytes = section.rawBytes;
    section.compression = static_cast<std::uint32_t>(Compression::None);
    section.checksum = 0;
    end += section.rawBytes;
  }
  layout.header.totalBytes = end;
  return end;
}

// Clearing it takes a while.
Result<std::vector<std::byte>> allocate(std::uint64_t bytes, const RunControl& control) {
  constexpr std::uint64_t kStep = std::uint64_t{16} << 20;
  try {
    std::vector<std::byte> memory;
    memory.reserve(bytes);
    while (memory.size() < bytes) {
      if (!control.keepGoing("reading", 0)) return cancelled();
      memory.resize(std::min(bytes, memory.size() + kStep));
    }
    return memory;
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::ResourceExhausted,
                "needs " + std::to_string(bytes) + " bytes of memory, more than there are",
                "open it on a machine with more memory");
  }
}

ReadAt readerOf(std::span<const std::byte> bytes) {
  return [bytes](std::uint64_t offset, std::span<std::byte> into) -> Result<void> {
    if (offset > bytes.size() || into.size() > bytes.size() - offset) {
      return fail(ErrorCode::Corrupt, "ends too early");
    }
    std::ranges::copy(bytes.subspan(offset, into.size()), into.begin());
    return {};
  };
}

}  // namespace

Result<std::uint64_t> storeCompressed(std::span<const std::byte> raw, const WriteAt& write,
                                      const RunControl& control) {
  auto layout = readLayout(raw.size(), readerOf(raw));
  if (!layout) return std::unexpected(layout.error());
  const std::unique_ptr<ZSTD_CCtx, FreeCompressor> context(ZSTD_createCCtx());
  if (!context) return fail(ErrorCode::ResourceExhausted, "there is no memory to compress with");
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  Work work(control, "compressing", raw.size());
  std::uint64_t end = sizeof(Header) + layout->sections.size() * sizeof(SectionEntry);
  for (SectionEntry& section : layout->sections) {
    const auto bytes = raw.subspan(section.offset, section.storedBytes);
    section.offset = aligned(end);
    Result<void> done;
    if (section.compression == static_cast<std::uint32_t>(Compression::None)) {
      section.compression = static_cast<std::uint32_t>(Compression::Zstd);
      done = storeSection(context.get(), bytes, section, write, work);
    } else {
      done = write(section.offset, bytes);  // compressed already
    }
    if (!done) return std::unexpected(done.error());
    end = section.offset + section.storedBytes;
  }
  layout->header.sectionTableOffset = sizeof(Header);
  layout->header.totalBytes = end;
  auto done = write(sizeof(Header), std::as_bytes(std::span(layout->sections)));
  if (done) done = write(0, std::as_bytes(std::span(&layout->header, 1)));
  if (!done) return std::unexpected(done.error());
  return end;
}

Result<std::vector<std::byte>> loadRaw(std::uint64_t size, const ReadAt& read,
                                       const RunControl& control, std::uint64_t maximumBytes) {
  auto layout = readLayout(size, read);
  if (!layout) return std::unexpected(layout.error());
  const std::vector<SectionEntry> stored = layout->sections;
  const auto total = layOutRaw(*layout, maximumBytes);
  if (!total) return std::unexpected(total.error());
  auto raw = allocate(*total, control);
  if (!raw) return raw;
  const std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context(ZSTD_createDCtx());
  if (!context) return fail(ErrorCode::ResourceExhausted, "needs more memory than there is");
  Work work(control, "reading", layout->header.totalBytes == 0 ? 1 : size);
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const SectionEntry& placed = layout->sections[i];
    const auto into = std::span(*raw).subspan(placed.offset, placed.rawBytes);
    auto done = loadSection(context.get(), stored[i], into, read, work);
    if (!done) return std::unexpected(done.error());
  }
  std::memcpy(raw->data(), &layout->header, sizeof(Header));
  std::ranges::copy(std::as_bytes(std::span(layout->sections)), raw->begin() + sizeof(Header));
  return raw;
}

}  // namespace whyalive::session
