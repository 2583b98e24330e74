// A snapshot's bytes from anywhere: readSnapshot refuses them with a sentence or every analysis of
// them ends well. Checksums are taken away first, else hardly a mutation would reach the parsers.
#include <cstring>
#include <span>
#include <vector>

#include "protocol/snapshot/format.h"
#include "server/heap/analysis.h"
#include "server/heap/snapshot_reader.h"
#include "server/heap/suspects.h"
#include "server/heap/why.h"
#include "tests/fuzz/input.h"

namespace whyalive {
namespace {

constexpr std::uint64_t kMostObjects = 20'000;  // more takes time and shows nothing new

void dropChecksums(std::vector<std::byte>& bytes) {
  snapshot::Header header;
  if (bytes.size() < sizeof header) return;
  std::memcpy(&header, bytes.data(), sizeof header);
  for (std::uint32_t i = 0; i < header.sectionCount && i < 64; ++i) {
    const std::uint64_t at = header.sectionTableOffset + i * sizeof(snapshot::SectionEntry);
    if (at > bytes.size() || bytes.size() - at < sizeof(snapshot::SectionEntry)) return;
    std::memset(bytes.data() + at + offsetof(snapshot::SectionEntry, checksum), 0, 8);
  }
}

void ask(const heap::Analysis& analysis) {
  const auto suspects = heap::findSuspects(analysis, {});
  if (suspects) {
    for (const heap::Suspect& suspect : *suspects) EXPECT(!suspect.signature.empty());
  }
  const std::size_t count = analysis.graph().objectCount();
  for (std::size_t i = 0; i < count; i += 1 + count / 16) {
    const ObjectIndex object{static_cast<std::uint32_t>(i)};
    (void)heap::whyAlive(analysis, std::span(&object, 1), {.searched = 1});
  }
}

}  // namespace
}  // namespace whyalive

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace whyalive;
  const auto* begin = reinterpret_cast<const std::byte*>(data);
  std::vector<std::byte> bytes(begin, begin + size);
  dropChecksums(bytes);
  auto snapshot = heap::readSnapshot(bytes);
  if (!snapshot) {
    EXPECT(!snapshot.error().message.empty());
    return 0;
  }
  if (snapshot->objectCount() > kMostObjects) return 0;
  const auto analysis = heap::analyse(std::move(*snapshot));
  if (analysis) ask(**analysis);
  return 0;
}
