#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "server/net/descriptor.h"
#include "server/net/take_snapshot.h"

namespace whyalive::net {
namespace {

// Memory that its maker can neither cut off nor change any more may be read in place.
bool isFrozen(int descriptor) {
  constexpr int wanted = F_SEAL_SHRINK | F_SEAL_WRITE;
  fcntl(descriptor, F_ADD_SEALS, wanted);  // the agent may have left that to us
  int seals = fcntl(descriptor, F_GET_SEALS);
  return seals >= 0 && (seals & wanted) == wanted;
}

Result<std::vector<std::byte>> copyOf(int descriptor, std::size_t size) {
  std::vector<std::byte> bytes;
  try {
    bytes.resize(size);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::ResourceExhausted,
                "there is no room for a snapshot of " + std::to_string(size) + " bytes");
  }
  std::size_t done = 0;
  while (done < size) {
    ssize_t count = pread(descriptor, bytes.data() + done, size - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return fail(ErrorCode::Corrupt, "the snapshot shrank while it was read");
    done += static_cast<std::size_t>(count);
  }
  return bytes;
}

}  // namespace

Result<SnapshotBytes> SnapshotBytes::fromDescriptor(int descriptor, std::uint64_t size) {
  Descriptor owned(descriptor);
  struct stat facts{};
  if (fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return fail(ErrorCode::Corrupt, "what the agent sent is no snapshot");
  }
  if (static_cast<std::uint64_t>(facts.st_size) != size || size == 0) {
    return fail(ErrorCode::Corrupt, "the agent promised a snapshot of " + std::to_string(size) +
                                        " bytes and sent " + std::to_string(facts.st_size));
  }
  if (!isFrozen(descriptor)) {
    auto bytes = copyOf(descriptor, static_cast<std::size_t>(size));
    if (!bytes) return std::unexpected(bytes.error());
    return SnapshotBytes(std::move(*bytes));
  }
  void* mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (mapped == MAP_FAILED) {
    return fail(ErrorCode::ResourceExhausted,
                std::string("the snapshot cannot be mapped: ") + std::strerror(errno));
  }
  SnapshotBytes result;
  result.mapped_ = mapped;
  result.mappedSize_ = static_cast<std::size_t>(size);
  return result;
}

SnapshotBytes::SnapshotBytes(SnapshotBytes&& other) noexcept
    : mapped_(std::exchange(other.mapped_, nullptr)),
      mappedSize_(std::exchange(other.mappedSize_, 0)),
      owned_(std::move(other.owned_)) {}

SnapshotBytes& SnapshotBytes::operator=(SnapshotBytes&& other) noexcept {
  if (this == &other) return *this;
  release();
  mapped_ = std::exchange(other.mapped_, nullptr);
  mappedSize_ = std::exchange(other.mappedSize_, 0);
  owned_ = std::move(other.owned_);
  return *this;
}

SnapshotBytes::~SnapshotBytes() { release(); }

void SnapshotBytes::release() {
  if (mapped_) munmap(mapped_, mappedSize_);
  mapped_ = nullptr;
}

std::span<const std::byte> SnapshotBytes::view() const {
  if (mapped_) return {static_cast<const std::byte*>(mapped_), mappedSize_};
  return owned_;
}

}  // namespace whyalive::net
