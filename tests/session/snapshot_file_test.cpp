#include "server/session/snapshot_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "protocol/snapshot/format.h"
#include "server/session/snapshot_compression.h"
#include "tests/support/catch.h"

namespace whyalive::session {
namespace {

namespace fs = std::filesystem;
using snapshot::Header;
using snapshot::SectionEntry;
using Buffer = std::vector<std::byte>;

// A snapshot of the given sections; what they mean does not matter here.
Buffer rawSnapshot(const std::vector<Buffer>& sections) {
  Header header{};
  std::memcpy(header.magic, snapshot::kMagic, sizeof header.magic);
  header.version = snapshot::kFormatVersion;
  header.byteOrderMark = snapshot::kByteOrderMark;
  header.sectionCount = static_cast<std::uint32_t>(sections.size());
  header.objectCount = 42;
  header.sectionTableOffset = sizeof header;
  Buffer bytes(sizeof header + sections.size() * sizeof(SectionEntry));
  for (std::size_t i = 0; i < sections.size(); ++i) {
    while (bytes.size() % 16 != 0) bytes.push_back(std::byte{});
    SectionEntry entry{};
    entry.id = static_cast<std::uint32_t>(i + 1);
    entry.offset = bytes.size();
    entry.storedBytes = entry.rawBytes = sections[i].size();
    entry.itemCount = i;
    bytes.insert(bytes.end(), sections[i].begin(), sections[i].end());
    std::memcpy(bytes.data() + sizeof header + i * sizeof entry, &entry, sizeof entry);
  }
  header.totalBytes = bytes.size();
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

Buffer noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Buffer bytes(size);
  for (auto& b : bytes) b = static_cast<std::byte>(random() & 0x3F);
  return bytes;
}

Buffer sample() {
  return rawSnapshot({noise(100, 1), Buffer(3'000'000, std::byte{7}), {}, noise(1'200'000, 2)});
}

Buffer stored(const Buffer& raw) {
  Buffer file;
  const auto size = storeCompressed(raw, [&](auto offset, auto bytes) -> Result<void> {
    file.resize(std::max<std::size_t>(file.size(), offset + bytes.size()));
    std::memcpy(file.data() + offset, bytes.data(), bytes.size());
    return {};
  });
  REQUIRE(size);
  CHECK(*size == file.size());
  return file;
}

Result<Buffer> loaded(const Buffer& file, std::uint64_t maximum = kMaximumRawBytes) {
  const auto read = [&](std::uint64_t offset, std::span<std::byte> into) -> Result<void> {
    REQUIRE(offset <= file.size());
    REQUIRE(into.size() <= file.size() - offset);
    if (!into.empty()) std::memcpy(into.data(), file.data() + offset, into.size());
    return {};
  };
  return loadRaw(file.size(), read, {}, maximum);
}

SectionEntry entryOf(const Buffer& file, std::size_t i) {
  SectionEntry entry;
  std::memcpy(&entry, file.data() + sizeof(Header) + i * sizeof entry, sizeof entry);
  return entry;
}

void setEntry(Buffer& file, std::size_t i, const SectionEntry& entry) {
  std::memcpy(file.data() + sizeof(Header) + i * sizeof entry, &entry, sizeof entry);
}

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "whyalive-files-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(folder_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return (folder_ / name).string(); }
  std::size_t fileCount() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

 private:
  fs::path folder_;
};

TEST_CASE("a stored snapshot is small and comes back byte for byte") {
  const Buffer raw = sample();
  const Buffer file = stored(raw);
  CHECK(file.size() < raw.size() / 2);
  const auto back = loaded(file);
  REQUIRE(back);
  CHECK(*back == raw);
}

TEST_CASE("storing what is stored already changes no content") {
  const Buffer raw = sample();
  const auto back = loaded(stored(stored(raw)));
  REQUIRE(back);
  CHECK(*back == raw);
}

TEST_CASE("raw snapshots load as they are") {
  const Buffer raw = sample();
  CHECK(*loaded(raw) == raw);
}

TEST_CASE("every truncation of a stored snapshot is refused") {
  const Buffer file = stored(rawSnapshot({noise(200, 3), noise(50, 4)}));
  for (std::size_t size = 0; size < file.size(); ++size) {
    const Buffer cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
    INFO("first " << size << " bytes");
    CHECK_FALSE(loaded(cut));
  }
}

TEST_CASE("a flipped byte in a section is noticed, one anywhere else never crashes") {
  const Buffer raw = rawSnapshot({noise(200, 3), noise(50, 4)});
  const Buffer file = stored(raw);
  const std::uint64_t first = entryOf(file, 0).offset;
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (const unsigned bit : {0x01u, 0x80u}) {
      Buffer flipped = file;
      flipped[at] ^= static_cast<std::byte>(bit);
      const auto back = loaded(flipped, 1 << 20);
      INFO("byte " << at);
      const SectionEntry second = entryOf(file, 1);
      const bool padding = at >= first + entryOf(file, 0).storedBytes && at < second.offset;
      if (at >= first && !padding) CHECK_FALSE(back);
    }
  }
}

TEST_CASE("absurd claims are refused before memory is taken") {
  Buffer file = stored(rawSnapshot({noise(200, 3)}));
  SectionEntry entry = entryOf(file, 0);
  SECTION("a raw size beyond the limit") {
    entry.rawBytes = std::uint64_t{1} << 62;
    setEntry(file, 0, entry);
    CHECK(loaded(file).error().code == ErrorCode::ResourceExhausted);
  }
  SECTION("a raw size larger than the content") {
    entry.rawBytes += 1;
    setEntry(file, 0, entry);
    CHECK(loaded(file).error().code == ErrorCode::Corrupt);
  }
  SECTION("a raw size smaller than the content") {
    entry.rawBytes -= 1;
    setEntry(file, 0, entry);
    CHECK(loaded(file).error().code == ErrorCode::Corrupt);
  }
  SECTION("an offset that wraps around") {
    entry.offset = ~std::uint64_t{0} - 8;
    setEntry(file, 0, entry);
    CHECK(loaded(file).error().code == ErrorCode::Corrupt);
  }
  SECTION("an unknown compression") {
    entry.compression = 9;
    setEntry(file, 0, entry);
    CHECK(loaded(file).error().code == ErrorCode::Unsupported);
  }
}

TEST_CASE("a file says what it is when it cannot be used") {
  Buffer file = stored(sample());
  Header header;
  std::memcpy(&header, file.data(), sizeof header);
  SECTION("another version") {
    header.version = 9;
    std::memcpy(file.data(), &header, sizeof header);
    CHECK(loaded(file).error().message == "has snapshot format 9, this whyalive reads 1");
  }
  SECTION("another byte order") {
    header.byteOrderMark = 0x04030201;
    std::memcpy(file.data(), &header, sizeof header);
    CHECK(loaded(file).error().code == ErrorCode::Unsupported);
  }
  SECTION("another program's file") {
    file[0] = std::byte{'P'};
    CHECK(loaded(file).error().message == "is not a whyalive snapshot");
  }
}

TEST_CASE("saved files come back, are private, and leave nothing beside them") {
  const Folder folder;
  const Buffer raw = sample();
  const std::string path = folder / "a.whyalive";
  const auto size = saveSnapshot(raw, path);
  REQUIRE(size);
  CHECK(fs::file_size(path) == *size);
  struct stat info{};
  REQUIRE(stat(path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  const auto back = loadSnapshot(path);
  REQUIRE(back);
  CHECK(Buffer(back->view().begin(), back->view().end()) == raw);
  CHECK(folder.fileCount() == 1);
}

TEST_CASE("a cancelled or failed save keeps the file that was there") {
  const Folder folder;
  const std::string path = folder / "a.whyalive";
  std::ofstream(path) << "precious";
  const RunControl stop([](std::string_view, double) { return false; });
  CHECK(saveSnapshot(sample(), path, stop).error().code == ErrorCode::Cancelled);
  CHECK_FALSE(saveSnapshot(Buffer(10), path));
  CHECK(folder.fileCount() == 1);
  std::string text;
  std::ifstream(path) >> text;
  CHECK(text == "precious");
}

TEST_CASE("a link in the file's place is replaced, not followed") {
  const Folder folder;
  const std::string path = folder / "a.whyalive";
  std::ofstream(folder / "elsewhere") << "untouched";
  REQUIRE(symlink((folder / "elsewhere").c_str(), path.c_str()) == 0);
  REQUIRE(saveSnapshot(sample(), path));
  CHECK_FALSE(fs::is_symlink(path));
  std::string text;
  std::ifstream(folder / "elsewhere") >> text;
  CHECK(text == "untouched");
}

TEST_CASE("places that cannot be written or read are named") {
  const Folder folder;
  const auto nowhere = saveSnapshot(sample(), folder / "missing/a.whyalive");
  CHECK(nowhere.error().message ==
        "cannot write " + folder / "missing/a.whyalive" + ": No such file or directory");
  CHECK(saveSnapshot(sample(), folder / ".").error().message.ends_with("Is a directory"));
  CHECK(loadSnapshot(folder / "none").error().code == ErrorCode::NotFound);
  CHECK(loadSnapshot(folder / ".").error().message.ends_with(" is not a file"));
  CHECK(loadSnapshot("/dev/zero").error().message == "/dev/zero is not a file");
}

}  // namespace
}  // namespace whyalive::session
