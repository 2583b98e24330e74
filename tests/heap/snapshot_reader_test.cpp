#include "server/heap/snapshot_reader.h"

#include <cstring>

#include "protocol/snapshot/checksum.h"
#include "protocol/snapshot/varint.h"
#include "server/heap/heap_graph.h"
#include "tests/support/catch.h"
#include "tests/support/heap_builder.h"

using namespace whyalive;
using testing::HeapBuilder;
using testing::Obj;

namespace {

Result<heap::Snapshot> read(const std::vector<std::uint8_t>& bytes) {
  return heap::readSnapshot(std::as_bytes(std::span(bytes)));
}

// A bit of everything that the format knows.
std::vector<std::uint8_t> golden() {
  HeapBuilder b;
  b.meta("python.version", "3.11.7");
  const Obj main = b.module("__main__", "/app/main.py");
  const Obj cls = b.cls("__main__", "Handler");
  const Obj code = b.code("/app/main.py", "Handler.run", 7, {"request"});
  b.set(main, "handler", b.instance(cls, {{"queue", b.list({b.integer(-3), b.real(2.5)})}}));
  b.set(main, "closure", b.function(code, main, {{"request", b.text("änd")}}));
  const Obj task = b.suspended(code, 9, {{"x", b.blob("raw")}});
  b.runningFrame(code, 8, {{"task", task}, {"s", b.setOf({b.none()})}});
  b.nativeSize(task, 4096, 3);
  b.weakref(b.object("weakref.ReferenceType"), cls);
  b.pointer(b.object("ext.Parser"), task);
  return b.bytes();
}

// Sets every checksum to "not computed", so that changes reach the parsers.
void dropChecksums(std::vector<std::uint8_t>& bytes) {
  snapshot::Header header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  for (std::uint32_t i = 0; i < header.sectionCount; ++i) {
    const std::size_t at = header.sectionTableOffset + i * sizeof(snapshot::SectionEntry) +
                           offsetof(snapshot::SectionEntry, checksum);
    std::memset(bytes.data() + at, 0, 8);
  }
}

// Looks at everything a snapshot holds, so that a sanitizer sees every access.
std::uint64_t lookAtAll(heap::Snapshot snapshot) {
  heap::HeapGraph graph(std::move(snapshot));
  graph.linkReferrers();
  std::uint64_t sum = 0;
  for (std::uint32_t o = 0; o < graph.objectCount(); ++o) {
    const ObjectIndex object{o};
    sum += graph.repr(object).size() + graph.typeName(object).size() + graph.size(object);
    graph.forEachReference(object, [&](const heap::Label& label, ObjectIndex target) {
      sum += label.name.size() + raw(target);
    });
    sum += graph.entryCount(object) + graph.rawReferrers(object).size();
  }
  return sum;
}

}  // namespace

TEST_CASE("a snapshot comes back as it was written") {
  const Result<heap::Snapshot> s = read(golden());
  REQUIRE(s.has_value());
  CHECK(s->meta == std::vector<std::pair<std::string, std::string>>{{"python.version", "3.11.7"}});
  REQUIRE(s->modules.size() == 1);
  CHECK(s->name(s->modules[0].name) == "__main__");
  CHECK(s->name(s->modules[0].file) == "/app/main.py");
  REQUIRE(s->codes.size() == 1);
  CHECK(s->codes[0].firstLine == 7);
  REQUIRE(s->frames.size() == 2);
  CHECK(s->frames[0].state == heap::FrameState::Suspended);
  CHECK(s->frames[1].locals.size() == 2);
  CHECK(s->threads.size() == 1);
  CHECK(s->nativeSizes.size() == 1);
  CHECK(s->weakrefs.size() == 1);
  REQUIRE(s->pointers.size() == 1);
  CHECK(s->pointers[0].to == s->nativeSizes[0].object);
  CHECK(lookAtAll(std::move(*s)) > 0);
}

TEST_CASE("values come back as they were") {
  HeapBuilder b;
  const Obj text = b.text("it's\n\xf0\x9f\x90\x8d");
  const Obj big = b.integer(1LL << 60);
  const Obj negative = b.integer(-(1LL << 60));
  const Obj real = b.real(1e300);
  const Obj whole = b.real(3);
  const Obj raw = b.blob(std::string("\0\xff", 2));
  heap::HeapGraph graph(b.snapshot());
  graph.linkReferrers();
  CHECK(graph.repr(testing::at(text)) == "'it\\'s\\n\xf0\x9f\x90\x8d'");
  CHECK(graph.integer(testing::at(big))->value == 1LL << 60);
  CHECK(graph.repr(testing::at(negative)) == "-1152921504606846976");
  CHECK(graph.repr(testing::at(real)) == "1e+300");
  CHECK(graph.repr(testing::at(whole)) == "3.0");
  CHECK(graph.repr(testing::at(raw)) == "b'\\x00\\xff'");
  CHECK(graph.repr(testing::at(b.none())) == "None");
  CHECK_FALSE(graph.text(testing::at(raw)).has_value());
}

TEST_CASE("columns can stay in the bytes they came in") {
  const auto file = std::make_shared<const std::vector<std::uint8_t>>(golden());
  const auto s = heap::readSnapshot(std::as_bytes(std::span(*file)), file);
  REQUIRE(s.has_value());
  const auto* edges = reinterpret_cast<const std::uint8_t*>(s->edges.data());
  CHECK(edges >= file->data());
  CHECK(edges < file->data() + file->size());
  CHECK(file.use_count() > 1);
}

TEST_CASE("a foreign file is not taken for a snapshot") {
  const Result<heap::Snapshot> s = read({'%', 'P', 'D', 'F', '-', '1', '.', '7', '\n', 0, 0});
  REQUIRE_FALSE(s.has_value());
  CHECK(s.error().message == "this is not a WhyAlive snapshot");
  CHECK(read({}).error().code == ErrorCode::Corrupt);
}

TEST_CASE("a snapshot of another version names both versions") {
  std::vector<std::uint8_t> bytes = golden();
  bytes[offsetof(snapshot::Header, version)] = 9;
  const Result<heap::Snapshot> s = read(bytes);
  REQUIRE_FALSE(s.has_value());
  CHECK(s.error().code == ErrorCode::Unsupported);
  CHECK(s.error().message.find("version 9") != std::string::npos);
}

TEST_CASE("an error names the section at fault and what to do") {
  std::vector<std::uint8_t> bytes = golden();
  snapshot::Header header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  for (std::uint32_t i = 0; i < header.sectionCount; ++i) {
    snapshot::SectionEntry entry{};
    std::memcpy(&entry, bytes.data() + header.sectionTableOffset + i * sizeof entry, sizeof entry);
    if (entry.id == static_cast<std::uint32_t>(snapshot::SectionId::Edges))
      bytes[entry.offset] ^= 0xFF;
  }
  CHECK(read(bytes).error().text() ==
        "the snapshot is damaged: the checksum of section Edges is wrong; take the snapshot again");
  dropChecksums(bytes);
  CHECK(read(bytes).error().message ==
        "the snapshot is damaged: section Edges: a reference leads to no object");
}

TEST_CASE("compressed sections are refused, unknown ones skipped") {
  std::vector<std::uint8_t> bytes = golden();
  snapshot::Header header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  // The last section is Pointers, which is optional.
  const std::size_t last =
      header.sectionTableOffset + (header.sectionCount - 1) * sizeof(snapshot::SectionEntry);
  SECTION("compressed") {
    bytes[last + offsetof(snapshot::SectionEntry, compression)] = 1;
    CHECK(read(bytes).error().code == ErrorCode::Unsupported);
  }
  SECTION("unknown") {
    bytes[last + offsetof(snapshot::SectionEntry, id)] = 200;
    const Result<heap::Snapshot> s = read(bytes);
    REQUIRE(s.has_value());
    CHECK(s->pointers.empty());
  }
}

TEST_CASE("records may have grown") {
  // A module record with a field that this version does not know.
  HeapBuilder b;
  b.module("a");
  std::vector<std::uint8_t> bytes = b.bytes();
  snapshot::Header header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  for (std::uint32_t i = 0; i < header.sectionCount; ++i) {
    const std::size_t at = header.sectionTableOffset + i * sizeof(snapshot::SectionEntry);
    snapshot::SectionEntry entry{};
    std::memcpy(&entry, bytes.data() + at, sizeof entry);
    if (entry.id != static_cast<std::uint32_t>(snapshot::SectionId::Modules)) continue;
    const std::uint8_t longer[] = {6, 1, bytes[entry.offset + 2], 0, 0, 42, 43};
    entry.offset = bytes.size();
    entry.storedBytes = entry.rawBytes = sizeof longer;
    entry.checksum = 0;
    std::memcpy(bytes.data() + at, &entry, sizeof entry);
    bytes.insert(bytes.end(), std::begin(longer), std::end(longer));
    header.totalBytes = bytes.size();
    std::memcpy(bytes.data(), &header, sizeof header);
    break;
  }
  const Result<heap::Snapshot> s = read(bytes);
  REQUIRE(s.has_value());
  CHECK(s->name(s->modules.at(0).name) == "a");
}

TEST_CASE("no truncation of a snapshot is accepted or crashes") {
  const std::vector<std::uint8_t> whole = golden();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    std::vector<std::uint8_t> bytes(whole.begin(),
                                    whole.begin() + static_cast<std::ptrdiff_t>(length));
    CHECK_FALSE(read(bytes).has_value());
    if (length < sizeof(snapshot::Header)) continue;
    // The same with a header that agrees with the length.
    const std::uint64_t total = length;
    std::memcpy(bytes.data() + offsetof(snapshot::Header, totalBytes), &total, sizeof total);
    CHECK_FALSE(read(bytes).has_value());
  }
}

TEST_CASE("no changed byte of a snapshot crashes the reader or what reads after it") {
  std::vector<std::uint8_t> bytes = golden();
  dropChecksums(bytes);
  REQUIRE(read(bytes).has_value());
  std::uint64_t accepted = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::uint8_t original = bytes[i];
    // Each of its bits, and all of them: a count that is one too many, a sign, an end without end.
    for (const int flip : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF}) {
      bytes[i] = static_cast<std::uint8_t>(original ^ flip);
      Result<heap::Snapshot> s = read(bytes);
      if (!s) {
        CHECK_FALSE(s.error().message.empty());
        continue;
      }
      ++accepted;
      CHECK(lookAtAll(std::move(*s)) > 0);
    }
    bytes[i] = original;
  }
  CHECK(accepted > 0);  // texts and numbers may change without breaking the grammar
}

TEST_CASE("with its checksums, no changed byte of a section is taken for the truth") {
  std::vector<std::uint8_t> bytes = golden();
  snapshot::Header header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  for (std::uint32_t s = 0; s < header.sectionCount; ++s) {
    snapshot::SectionEntry entry{};
    std::memcpy(&entry, bytes.data() + header.sectionTableOffset + s * sizeof entry, sizeof entry);
    for (std::uint64_t at = entry.offset; at < entry.offset + entry.storedBytes; ++at) {
      for (const int flip : {0x01, 0x80, 0xFF}) {
        bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ flip);
        INFO("section " << entry.id << ", byte " << at);
        CHECK_FALSE(read(bytes).has_value());
        bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ flip);
      }
    }
  }
}

TEST_CASE("varints at every length come back, and too long ones do not") {
  for (int bits = 0; bits < 64; ++bits) {
    const std::uint64_t value = (std::uint64_t{1} << bits) | 1;
    std::uint8_t bytes[snapshot::kMaxVarintBytes];
    const std::uint8_t* end = snapshot::putVarint(bytes, value);
    std::uint64_t back = 0;
    CHECK(snapshot::getVarint(bytes, end, back) == end);
    CHECK(back == value);
    CHECK(snapshot::getVarint(bytes, end - 1, back) == nullptr);
  }
  const std::uint8_t tooLong[] = {0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02};
  std::uint64_t value = 0;
  CHECK(snapshot::getVarint(tooLong, tooLong + sizeof tooLong, value) == nullptr);
}
