#include "server/heap/snapshot_reader.h"

#include <cstring>
#include <map>
#include <string>

#include "protocol/snapshot/checksum.h"
#include "server/heap/section_parsers.h"

namespace whyalive::heap {
namespace {

using snapshot::Header;
using snapshot::SectionEntry;

constexpr std::uint32_t kMaxSections = 1024;
constexpr std::string_view kTakeAgain = "take the snapshot again";

std::unexpected<Error> damaged(const std::string& what) {
  return fail(ErrorCode::Corrupt, "the snapshot is damaged: " + what, std::string(kTakeAgain));
}

Result<Header> readHeader(std::span<const std::uint8_t> bytes) {
  Header header{};
  if (bytes.size() < sizeof snapshot::kMagic ||
      std::memcmp(bytes.data(), snapshot::kMagic, sizeof snapshot::kMagic) != 0) {
    return fail(ErrorCode::Corrupt, "this is not a WhyAlive snapshot",
                "give a file that `whyalive snapshot` has written");
  }
  if (bytes.size() < sizeof header) return damaged("it ends within its header");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.byteOrderMark != snapshot::kByteOrderMark) {
    return fail(ErrorCode::Unsupported, "the snapshot has another byte order",
                "read it on a machine like the one that wrote it");
  }
  if (header.version != snapshot::kFormatVersion) {
    return fail(ErrorCode::Unsupported,
                "the snapshot has format version " + std::to_string(header.version) +
                    ", this program reads version " + std::to_string(snapshot::kFormatVersion),
                "use the agent and the program of one release, and take the snapshot again");
  }
  if (header.totalBytes != bytes.size()) {
    return damaged("it has " + std::to_string(bytes.size()) + " bytes and should have " +
                   std::to_string(header.totalBytes));
  }
  if (header.objectCount >= kNoIndex || header.edgeCount >= kNoIndex) {
    return fail(ErrorCode::Unsupported,
                "the snapshot has more than 4 billion objects or references");
  }
  return header;
}

Result<Sections> readSectionTable(std::span<const std::uint8_t> bytes, const Header& header) {
  const std::uint64_t size = bytes.size();
  if (header.sectionCount > kMaxSections || header.sectionTableOffset > size ||
      (size - header.sectionTableOffset) / sizeof(SectionEntry) < header.sectionCount) {
    return damaged("its section table is out of bounds");
  }
  Sections sections;
  for (std::uint32_t i = 0; i < header.sectionCount; ++i) {
    SectionEntry entry{};
    std::memcpy(&entry, bytes.data() + header.sectionTableOffset + i * sizeof entry, sizeof entry);
    const std::string name(sectionName(entry.id));
    if (entry.offset > size || entry.storedBytes > size - entry.offset) {
      return damaged("section " + name + " is out of bounds");
    }
    if (entry.compression != static_cast<std::uint32_t>(snapshot::Compression::None)) {
      return fail(ErrorCode::Unsupported, "section " + name + " of the snapshot is compressed",
                  "decompress the snapshot first");
    }
    const auto stored = bytes.subspan(entry.offset, entry.storedBytes);
    if (entry.rawBytes != entry.storedBytes) return damaged("section " + name + " has two lengths");
    if (entry.checksum != 0 && entry.checksum != snapshot::fnv1a(stored)) {
      return damaged("the checksum of section " + name + " is wrong");
    }
    if (!sections.emplace(entry.id, Section{stored, entry.itemCount}).second) {
      return damaged("section " + name + " appears twice");
    }
  }
  return sections;
}

}  // namespace

Result<Snapshot> readSnapshot(std::span<const std::byte> input,
                              std::shared_ptr<const void> keepAlive, const RunControl& control) {
  std::span bytes(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  const Result<Header> header = readHeader(bytes);
  if (!header) return std::unexpected(header.error());
  const Result<Sections> sections = readSectionTable(bytes, *header);
  if (!sections) return std::unexpected(sections.error());

  Snapshot s;
  SectionParser parser{.sections = *sections,
                       .objects = header->objectCount,
                       .edges = header->edgeCount,
                       .keepAlive = std::move(keepAlive),
                       .out = s,
                       .control = control};
  using Step = bool (SectionParser::*)();
  constexpr Step kSteps[] = {
      &SectionParser::meta,        &SectionParser::names,    &SectionParser::types,
      &SectionParser::shapes,      &SectionParser::columns,  &SectionParser::references,
      &SectionParser::values,      &SectionParser::modules,  &SectionParser::codes,
      &SectionParser::threads,     &SectionParser::frames,   &SectionParser::roots,
      &SectionParser::nativeSizes, &SectionParser::weakrefs, &SectionParser::pointers};
  const auto cancelled = [] {
    return fail(ErrorCode::Cancelled, "reading the snapshot was cancelled");
  };
  double done = 0;
  for (const Step step : kSteps) {
    if (!control.keepGoing("reading the snapshot", done / std::size(kSteps))) return cancelled();
    if (!(parser.*step)()) return parser.cancelled ? cancelled() : damaged(parser.problem);
    done += 1;
  }
  return s;
}

}  // namespace whyalive::heap
