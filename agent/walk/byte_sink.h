// Bytes on their way to a file descriptor through one fixed buffer, and growing byte strings for
// columns that are made side by side. A failed write ends the walk (Bailout). One thread.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "agent/memory/mapped.h"
#include "protocol/snapshot/varint.h"

namespace whyalive::agent {

class ByteSink {
 public:
  // Writes from this place of the file on.
  ByteSink(Mappings& mappings, int fd, std::uint64_t at = 0)
      : bailout_(&mappings.bailout()),
        fd_(fd),
        flushed_(at),
        buffer_(static_cast<std::uint8_t*>(mappings.map(kBufferBytes))) {}

  std::uint64_t written() const { return flushed_ + used_; }

  void put(const void* bytes, std::size_t count) {
    const auto* from = static_cast<const std::uint8_t*>(bytes);
    if (count >= kBufferBytes) {
      flush();
      return writeAll(from, count);
    }
    if (used_ + count > kBufferBytes) flush();
    std::memcpy(buffer_ + used_, from, count);
    used_ += count;
  }
  // Room for this many bytes, at most kRoom; `advance` counts what was written there.
  static constexpr std::size_t kRoom = std::size_t{32} << 10;
  std::uint8_t* room(std::size_t count) {
    if (used_ + count > kBufferBytes) flush();
    return buffer_ + used_;
  }
  void advance(std::size_t count) { used_ += count; }
  void padTo8() {
    const std::uint64_t zero = 0;
    put(&zero, (8 - written() % 8) % 8);
  }
  void flush() {
    writeAll(buffer_, used_);
    used_ = 0;
  }
  // Leaves room that somebody else fills.
  void skip(std::uint64_t count) {
    flush();
    flushed_ += count;
  }

 private:
  static constexpr std::size_t kBufferBytes = std::size_t{256} << 10;

  void writeAll(const std::uint8_t* from, std::size_t count) {
    while (count > 0) {
      const long n = syscall(SYS_pwrite64, fd_, from, count, flushed_);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) bailout_->now(Failure::WriteFailed);
      from += n;
      count -= static_cast<std::size_t>(n);
      flushed_ += static_cast<std::size_t>(n);
    }
  }

  Bailout* bailout_;
  int fd_;
  std::uint64_t flushed_;
  std::uint8_t* buffer_;
  std::size_t used_ = 0;
};

class ByteColumn {
 public:
  explicit ByteColumn(Mappings& mappings) : bytes_(mappings, 65536) {}

  void varint(std::uint64_t value) {
    std::uint8_t* at = bytes_.ensure(snapshot::kMaxVarintBytes);
    bytes_.advance(static_cast<std::size_t>(snapshot::putVarint(at, value) - at));
  }
  void bytes(const void* from, std::size_t count) {
    std::memcpy(bytes_.ensure(count), from, count);
    bytes_.advance(count);
  }
  void lengthAndBytes(const void* from, std::size_t count) {
    varint(count);
    bytes(from, count);
  }
  std::uint8_t* room(std::size_t count) { return bytes_.ensure(count); }
  void advance(std::ptrdiff_t count) { bytes_.advance(static_cast<std::size_t>(count)); }

  void dropFirst() {
    std::memmove(bytes_.data(), bytes_.data() + 1, bytes_.size() - 1);
    bytes_.resize(bytes_.size() - 1);
  }
  const std::uint8_t* data() const { return bytes_.data(); }
  std::size_t size() const { return bytes_.size(); }
  void clear() { bytes_.clear(); }

 private:
  MappedArray<std::uint8_t> bytes_;
};

}  // namespace whyalive::agent
