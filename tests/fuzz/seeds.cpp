// fuzz_seeds FOLDER: writes the seeds that are not kept as files: a snapshot, raw and compressed.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <span>

#include "server/session/snapshot_compression.h"
#include "tests/fuzz/sample_heap.h"

namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, std::span<const std::byte> bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: fuzz_seeds FOLDER\n";
    return 2;
  }
  const fs::path folder = argv[1];
  const std::vector<std::uint8_t> sample = whyalive::fuzz::sampleSnapshot();
  const auto raw = std::as_bytes(std::span(sample));
  write(folder / "snapshot" / "sample", raw);
  std::vector<std::byte> stored;
  const auto done = whyalive::session::storeCompressed(
      raw, [&](std::uint64_t offset, std::span<const std::byte> bytes) -> whyalive::Result<void> {
        stored.resize(std::max<std::size_t>(stored.size(), offset + bytes.size()));
        std::memcpy(stored.data() + offset, bytes.data(), bytes.size());
        return {};
      });
  if (!done) {
    std::cerr << done.error().message << "\n";
    return 1;
  }
  write(folder / "stored_snapshot" / "raw", raw);
  write(folder / "stored_snapshot" / "stored", stored);
  return 0;
}
