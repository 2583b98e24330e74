#include "server/attach/target_memory.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

namespace whyalive::attach {
namespace {

constexpr Address kPage = 4096;

std::unexpected<Error> failure(const char* verb, pid_t pid, Address address, int error) {
  char hex[32];
  std::snprintf(hex, sizeof hex, "0x%llx", static_cast<unsigned long long>(address));
  const ErrorCode code = error == ESRCH   ? ErrorCode::NotFound
                         : error == EPERM ? ErrorCode::PermissionDenied
                                          : ErrorCode::Corrupt;
  return fail(code, "could not " + std::string(verb) + " memory of process " + std::to_string(pid) +
                        " at " + hex + ": " + std::strerror(error));
}

}  // namespace

Result<void> TargetMemory::read(Address address, std::span<std::byte> into) const {
  if (into.empty()) return {};
  const iovec local{into.data(), into.size()};
  const iovec remote{reinterpret_cast<void*>(address), into.size()};
  const ssize_t count = process_vm_readv(pid_, &local, 1, &remote, 1, 0);
  if (count < 0) return failure("read", pid_, address, errno);
  if (static_cast<std::size_t>(count) != into.size()) return failure("read", pid_, address, EFAULT);
  return {};
}

std::size_t TargetMemory::readSome(Address address, std::span<std::byte> into) const {
  const iovec local{into.data(), into.size()};
  // Page by page: a range that ends in nothing is not read at all otherwise.
  std::vector<iovec> remote;
  for (Address at = address; at < address + into.size();) {
    const Address next = std::min<Address>((at / kPage + 1) * kPage, address + into.size());
    remote.push_back({reinterpret_cast<void*>(at), next - at});
    at = next;
  }
  const ssize_t count = process_vm_readv(pid_, &local, 1, remote.data(), remote.size(), 0);
  return count < 0 ? 0 : static_cast<std::size_t>(count);
}

bool TargetMemory::readable(Address start, Address end) const {
  std::vector<std::byte> bytes(end - start);
  return readSome(start, bytes) == bytes.size();
}

Result<void> TargetMemory::write(Address address, std::span<const std::byte> from) const {
  if (from.empty()) return {};
  const iovec local{const_cast<std::byte*>(from.data()), from.size()};
  const iovec remote{reinterpret_cast<void*>(address), from.size()};
  const ssize_t count = process_vm_writev(pid_, &local, 1, &remote, 1, 0);
  if (count < 0) return failure("write", pid_, address, errno);
  if (static_cast<std::size_t>(count) != from.size()) {
    return failure("write", pid_, address, EFAULT);
  }
  return {};
}

ReadMemory TargetMemory::reader() const {
  return [memory = *this](Address address, std::span<std::byte> into) {
    return memory.read(address, into);
  };
}

Result<std::string> readString(const ReadMemory& read, Address address, std::size_t limit) {
  std::string text;
  std::array<char, 256> piece{};
  while (text.size() < limit) {
    // Never across a page's end: the next page may not be there.
    const std::size_t toPageEnd = kPage - address % kPage;
    const std::size_t count = std::min({piece.size(), toPageEnd, limit - text.size()});
    const auto bytes = std::as_writable_bytes(std::span(piece).first(count));
    if (auto done = read(address, bytes); !done) return std::unexpected(done.error());
    const char* const start = piece.data();
    const char* const end = std::find(start, start + count, '\0');
    text.append(start, end);
    if (end != start + count) break;
    address += count;
  }
  return text;
}

}  // namespace whyalive::attach
