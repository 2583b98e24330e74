// Columns that stay packed, against plain ones.
#include <random>
#include <vector>

#include "protocol/snapshot/varint.h"
#include "server/heap/packed_column.h"
#include "tests/support/catch.h"

using namespace whyalive;

namespace {

std::vector<std::uint8_t> packed(const std::vector<std::uint64_t>& values) {
  std::vector<std::uint8_t> bytes(values.size() * snapshot::kMaxVarintBytes);
  std::uint8_t* at = bytes.data();
  for (const std::uint64_t value : values) at = snapshot::putVarint(at, value);
  return bytes;
}

template <class Mark>
void readAll(const std::vector<std::uint8_t>& bytes, std::size_t count, Mark mark) {
  const std::uint8_t* at = bytes.data();
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t value = 0;
    const std::uint8_t* here = at;
    at = snapshot::getVarint(at, bytes.data() + bytes.size(), value);
    mark(static_cast<std::uint32_t>(i), here, value);
  }
}

}  // namespace

TEST_CASE("a packed column gives every value it was read from") {
  std::mt19937_64 random(7);
  for (const std::size_t count : {0, 1, 31, 32, 33, 64, 1000}) {
    std::vector<std::uint64_t> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(random() >> (random() % 64));
    const auto bytes = packed(values);
    heap::PackedColumn column;
    column.begin(bytes.data(), static_cast<std::uint32_t>(count));
    readAll(bytes, count, [&](std::uint32_t i, auto* at, std::uint64_t) { column.mark(i, at); });
    for (std::uint32_t i = 0; i < count; ++i) CHECK(column[i] == values[i]);
    std::vector<std::uint64_t> seen;
    column.forEach([&](std::uint32_t, std::uint64_t value) { seen.push_back(value); });
    CHECK(seen == values);
  }
}

TEST_CASE("addresses are found again, also where they do not rise") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 20; ++round) {
    std::vector<std::uint64_t> addresses, stored;
    std::uint64_t address = 0;
    for (int i = 0; i < 500; ++i) {
      const std::uint64_t before = address;
      address = random() % 50 == 0 ? 0x1000 + random() % 4096 * 8 : address + 8 + random() % 9 * 8;
      addresses.push_back(address);
      stored.push_back(snapshot::zigzag(static_cast<std::int64_t>(address - before) / 8));
    }
    const auto bytes = packed(stored);
    heap::AddressColumn column;
    column.begin(bytes.data(), 500);
    std::uint64_t before = 0;
    readAll(bytes, 500, [&](std::uint32_t i, auto* at, std::uint64_t value) {
      column.mark(i, at, before);
      before = heap::AddressColumn::plus(before, value);
    });
    for (std::uint32_t i = 0; i < 500; ++i) {
      CHECK(column[i] == addresses[i]);
      const auto found = column.find(addresses[i]);
      REQUIRE(found.has_value());
      CHECK(addresses[*found] == addresses[i]);
    }
    CHECK_FALSE(column.find(3).has_value());
  }
}
