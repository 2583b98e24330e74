// A cursor over the bytes of one section that never reads past the end: after the first failure
// every further read gives 0 and `ok()` stays false, so a parser checks once per record.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "protocol/base/ids.h"
#include "protocol/snapshot/varint.h"

namespace whyalive::heap {

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return ok_; }
  bool done() const { return at_ == end_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  const std::uint8_t* at() const { return at_; }

  std::uint64_t varint() {
    if (at_ != end_ && *at_ < 0x80) return *at_++;  // most are one byte
    std::uint64_t value = 0;
    const std::uint8_t* next = snapshot::getVarint(at_, end_, value);
    if (next == nullptr) return bad();
    at_ = next;
    return value;
  }
  std::uint32_t below(std::uint64_t limit) {
    const std::uint64_t value = varint();
    return value < limit ? static_cast<std::uint32_t>(value) : bad();
  }
  // "x+1": kNoIndex when absent.
  std::uint32_t optionalBelow(std::uint64_t limit) {
    return below(limit + 1) - 1;  // 0 - 1 = kNoIndex
  }
  std::uint32_t u32() { return below(std::uint64_t{1} << 32); }
  std::uint32_t saturated() {
    const std::uint64_t value = varint();
    return value < kNoIndex ? static_cast<std::uint32_t>(value) : kNoIndex;
  }
  std::span<const std::uint8_t> take(std::uint64_t count) {
    if (count > left()) {
      bad();
      return {};
    }
    const std::uint8_t* first = at_;
    at_ += count;
    return {first, static_cast<std::size_t>(count)};
  }
  std::string_view text() {
    const std::span<const std::uint8_t> bytes = take(varint());
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

 private:
  std::uint32_t bad() {
    ok_ = false;
    at_ = end_;
    return 0;
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  bool ok_ = true;
};

}  // namespace whyalive::heap
