// Another process's memory, read and written without stopping it (process_vm_readv and _writev).
//
// Everything read is the target's and may change or vanish at any moment: readers of it check all
// they use. One object may be used from one thread at a time.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <type_traits>

#include "protocol/base/result.h"
#include "server/attach/memory_map.h"

namespace whyalive::attach {

// Fills the whole span from that address on, or fails: what pure readers of memory are given.
using ReadMemory = std::function<Result<void>(Address, std::span<std::byte>)>;

class TargetMemory {
 public:
  explicit TargetMemory(pid_t pid) : pid_(pid) {}

  Result<void> read(Address address, std::span<std::byte> into) const;
  // As much as can be read from there on; maybe nothing.
  std::size_t readSome(Address address, std::span<std::byte> into) const;
  // Whether every page of the range is there.
  bool readable(Address start, Address end) const;
  Result<void> write(Address address, std::span<const std::byte> from) const;
  ReadMemory reader() const;

 private:
  pid_t pid_;
};

template <class Value>
Result<Value> readValue(const ReadMemory& read, Address address) {
  static_assert(std::is_trivially_copyable_v<Value>);
  Value value{};
  if (auto done = read(address, std::as_writable_bytes(std::span(&value, 1))); !done) {
    return std::unexpected(done.error());
  }
  return value;
}

// A zero-terminated string of at most `limit` bytes; longer ones are cut.
Result<std::string> readString(const ReadMemory& read, Address address, std::size_t limit);

}  // namespace whyalive::attach
