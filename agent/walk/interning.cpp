#include "agent/walk/interning.h"

namespace whyalive::agent {
namespace {

std::size_t varintBytes(std::uint64_t value) {
  std::uint8_t scratch[snapshot::kMaxVarintBytes];
  return static_cast<std::size_t>(snapshot::putVarint(scratch, value) - scratch);
}

}  // namespace

std::uint32_t ShapeTable::end(std::uint32_t type, snapshot::Tail tail, snapshot::ValueKind value,
                              std::uintptr_t first, std::uintptr_t second) {
  const std::uint64_t head[4] = {type, static_cast<std::uint64_t>(tail),
                                 static_cast<std::uint64_t>(value), draft_.size()};
  std::size_t length = 0;
  for (std::uint64_t field : head) length += varintBytes(field);
  for (const Label& label : draft_) {
    length += varintBytes(static_cast<std::uint64_t>(label.kind)) + varintBytes(label.namePlusOne);
  }
  records_.varint(length);
  for (std::uint64_t field : head) records_.varint(field);
  for (const Label& label : draft_) {
    records_.varint(static_cast<std::uint64_t>(label.kind));
    records_.varint(label.namePlusOne);
  }
  entries_.push({first, second, value});
  return count() - 1;
}

}  // namespace whyalive::agent
