// The compressed form: loadRaw takes no more memory than it may, and what it accepts can be stored
// and loaded again unchanged.
#include <cstring>
#include <vector>

#include "server/session/snapshot_compression.h"
#include "tests/fuzz/input.h"

namespace whyalive {
namespace {

constexpr std::uint64_t kMaximum = 1 << 20;

using Buffer = std::vector<std::byte>;

Result<Buffer> load(const Buffer& file) {
  return session::loadRaw(
      file.size(),
      [&](std::uint64_t offset, std::span<std::byte> into) -> Result<void> {
        EXPECT(offset <= file.size() && into.size() <= file.size() - offset);
        if (!into.empty()) std::memcpy(into.data(), file.data() + offset, into.size());
        return {};
      },
      {}, kMaximum);
}

}  // namespace
}  // namespace whyalive

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace whyalive;
  const auto* begin = reinterpret_cast<const std::byte*>(data);
  const Result<Buffer> raw = load(Buffer(begin, begin + size));
  if (!raw) {
    EXPECT(!raw.error().message.empty());
    return 0;
  }
  EXPECT(raw->size() <= kMaximum);
  Buffer file;
  const auto write = [&](std::uint64_t offset, std::span<const std::byte> bytes) -> Result<void> {
    EXPECT(offset <= 4 * kMaximum);
    file.resize(std::max<std::size_t>(file.size(), offset + bytes.size()));
    if (!bytes.empty()) std::memcpy(file.data() + offset, bytes.data(), bytes.size());
    return {};
  };
  if (!session::storeCompressed(*raw, write)) return 0;
  const Result<Buffer> back = load(file);
  EXPECT(back);
  EXPECT(*back == *raw);
  return 0;
}
