#include "server/session/snapshot_layout.h"

#include <cstring>
#include <span>
#include <string>

namespace whyalive::session {
namespace {

using snapshot::Compression;
using snapshot::Header;
using snapshot::SectionEntry;

constexpr std::uint32_t kMaximumSections = 1024;

Result<void> checkHeader(const Header& header, std::uint64_t size) {
  if (std::memcmp(header.magic, snapshot::kMagic, sizeof header.magic) != 0) {
    return fail(ErrorCode::Corrupt, "is not a whyalive snapshot",
                "make one with: whyalive snapshot PID -o FILE");
  }
  if (header.byteOrderMark != snapshot::kByteOrderMark) {
    return fail(ErrorCode::Unsupported, "comes from a machine of another byte order",
                "read it on a machine of that kind");
  }
  if (header.version != snapshot::kFormatVersion) {
    return fail(ErrorCode::Unsupported,
                "has snapshot format " + std::to_string(header.version) + ", this whyalive reads " +
                    std::to_string(snapshot::kFormatVersion),
                "read it with the whyalive that made it");
  }
  if (header.totalBytes > size) {
    return fail(ErrorCode::Corrupt,
                "is cut short: " + std::to_string(size) + " of " +
                    std::to_string(header.totalBytes) + " bytes are there",
                "copy it again or take a new snapshot");
  }
  return {};
}

std::unexpected<Error> damaged(const std::string& what) {
  return fail(ErrorCode::Corrupt, "is damaged: " + what, "copy it again or take a new snapshot");
}

bool within(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
  return offset <= size && length <= size - offset;
}

Result<void> checkSection(const SectionEntry& section, std::uint64_t size) {
  const std::string name = "section " + std::to_string(section.id);
  if (!within(section.offset, section.storedBytes, size)) {
    return damaged(name + " lies outside the file");
  }
  switch (static_cast<Compression>(section.compression)) {
    case Compression::None:
      if (section.storedBytes != section.rawBytes) return damaged(name + " has two sizes");
      return {};
    case Compression::Zstd: return {};
  }
  return fail(ErrorCode::Unsupported,
              "uses compression " + std::to_string(section.compression) + " in " + name,
              "read it with the whyalive that made it");
}

}  // namespace

Result<SnapshotLayout> readLayout(std::uint64_t size, const ReadAt& read) {
  SnapshotLayout layout;
  if (size < sizeof layout.header) {
    return fail(ErrorCode::Corrupt, "is not a whyalive snapshot",
                "make one with: whyalive snapshot PID -o FILE");
  }
  auto done = read(0, std::as_writable_bytes(std::span(&layout.header, 1)));
  if (!done) return std::unexpected(done.error());
  if (done = checkHeader(layout.header, size); !done) return std::unexpected(done.error());
  const std::uint32_t count = layout.header.sectionCount;
  if (count > kMaximumSections ||
      !within(layout.header.sectionTableOffset, count * sizeof(SectionEntry), size)) {
    return damaged("its table of sections lies outside the file");
  }
  layout.sections.resize(count);
  done = read(layout.header.sectionTableOffset, std::as_writable_bytes(std::span(layout.sections)));
  if (!done) return std::unexpected(done.error());
  for (const SectionEntry& section : layout.sections) {
    if (done = checkSection(section, size); !done) return std::unexpected(done.error());
  }
  return layout;
}

}  // namespace whyalive::session
