#include "server/sql/memory_files.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace whyalive::sql {
namespace {

constexpr std::size_t kBlock = 256 << 10;

// Content in blocks: a file that grows moves nothing.
class Blocks {
 public:
  ~Blocks() {
    for (std::byte* const block : blocks_) sqlite3_free(block);
  }
  Blocks() = default;
  Blocks(const Blocks&) = delete;
  Blocks& operator=(const Blocks&) = delete;

  std::uint64_t size() const { return size_; }

  // What there is of it; the rest is zeros.
  bool read(std::byte* to, std::size_t count, std::uint64_t offset) const {
    const std::uint64_t there = offset < size_ ? std::min<std::uint64_t>(count, size_ - offset) : 0;
    forEachPiece(offset, static_cast<std::size_t>(there), [&](std::byte* at, std::size_t n) {
      std::memcpy(to, at, n);
      to += n;
    });
    std::memset(to, 0, count - static_cast<std::size_t>(there));
    return there == count;
  }

  bool write(const std::byte* from, std::size_t count, std::uint64_t offset) {
    if (!reserve(offset + count)) return false;
    forEachPiece(offset, count, [&](std::byte* at, std::size_t n) {
      std::memcpy(at, from, n);
      from += n;
    });
    size_ = std::max(size_, offset + count);
    return true;
  }

  void truncate(std::uint64_t size) {
    size_ = std::min(size_, size);
    const auto needed = static_cast<std::size_t>((size_ + kBlock - 1) / kBlock);
    for (; blocks_.size() > needed; blocks_.pop_back()) sqlite3_free(blocks_.back());
  }

 private:
  template <class Fn>
  void forEachPiece(std::uint64_t offset, std::size_t count, Fn fn) const {
    while (count > 0) {
      const std::size_t within = offset % kBlock;
      const std::size_t n = std::min(count, kBlock - within);
      fn(blocks_[offset / kBlock] + within, n);
      offset += n;
      count -= n;
    }
  }

  bool reserve(std::uint64_t size) {
    while (blocks_.size() * kBlock < size) {
      auto* block = static_cast<std::byte*>(sqlite3_malloc64(kBlock));
      if (block == nullptr) return false;
      std::memset(block, 0, kBlock);
      blocks_.push_back(block);
    }
    return true;
  }

  std::vector<std::byte*> blocks_;
  std::uint64_t size_ = 0;
};

// Asks whether to go on, once much was read or written.
struct Watch {
  std::function<bool()> keepsGoing;
  int moved = 0;  // bytes since it was asked

  bool goesOn(int count) {
    constexpr int kAskEvery = 1 << 20;
    moved += count;
    if (moved < kAskEvery) return true;
    moved = 0;
    return keepsGoing();
  }
};

struct File : sqlite3_file {
  Blocks* blocks;
  Watch* watch;
};

bool goesOn(sqlite3_file* file, int count) {
  return static_cast<File*>(file)->watch->goesOn(count);
}
Blocks& blocksOf(sqlite3_file* file) { return *static_cast<File*>(file)->blocks; }

int close(sqlite3_file* file) {
  delete static_cast<File*>(file)->blocks;
  return SQLITE_OK;
}
int read(sqlite3_file* file, void* to, int count, sqlite3_int64 offset) {
  if (!goesOn(file, count)) return SQLITE_INTERRUPT;
  const bool whole =
      blocksOf(file).read(static_cast<std::byte*>(to), static_cast<std::size_t>(count),
                          static_cast<std::uint64_t>(offset));
  return whole ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}
int write(sqlite3_file* file, const void* from, int count, sqlite3_int64 offset) {
  if (!goesOn(file, count)) return SQLITE_INTERRUPT;
  const bool written =
      blocksOf(file).write(static_cast<const std::byte*>(from), static_cast<std::size_t>(count),
                           static_cast<std::uint64_t>(offset));
  return written ? SQLITE_OK : SQLITE_IOERR_NOMEM;
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  blocksOf(file).truncate(static_cast<std::uint64_t>(size));
  return SQLITE_OK;
}
int fileSize(sqlite3_file* file, sqlite3_int64* size) {
  *size = static_cast<sqlite3_int64>(blocksOf(file).size());
  return SQLITE_OK;
}
int sync(sqlite3_file*, int) { return SQLITE_OK; }
int lock(sqlite3_file*, int) { return SQLITE_OK; }
int checkReservedLock(sqlite3_file*, int* reserved) {
  *reserved = 0;
  return SQLITE_OK;
}
int fileControl(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int sectorSize(sqlite3_file*) { return 4096; }
int characteristics(sqlite3_file*) { return SQLITE_IOCAP_ATOMIC | SQLITE_IOCAP_SAFE_APPEND; }

sqlite3_io_methods makeMethods() {
  sqlite3_io_methods m = {};
  m.iVersion = 1;  // nothing of shared memory and mapped pages
  m.xClose = close;
  m.xRead = read;
  m.xWrite = write;
  m.xTruncate = truncate;
  m.xSync = sync;
  m.xFileSize = fileSize;
  m.xLock = lock;
  m.xUnlock = lock;
  m.xCheckReservedLock = checkReservedLock;
  m.xFileControl = fileControl;
  m.xSectorSize = sectorSize;
  m.xDeviceCharacteristics = characteristics;
  return m;
}

int open(sqlite3_vfs* files, const char*, sqlite3_file* file, int flags, int* outFlags) {
  file->pMethods = nullptr;
  auto* blocks = new (std::nothrow) Blocks;
  if (blocks == nullptr) return SQLITE_NOMEM;
  static_cast<File*>(file)->blocks = blocks;
  static_cast<File*>(file)->watch = static_cast<Watch*>(files->pAppData);
  static const sqlite3_io_methods kMethods = makeMethods();
  file->pMethods = &kMethods;
  if (outFlags != nullptr) *outFlags = flags;
  return SQLITE_OK;
}
int remove(sqlite3_vfs*, const char*, int) { return SQLITE_OK; }
int access(sqlite3_vfs*, const char*, int, int* result) {
  *result = 0;
  return SQLITE_OK;
}
int fullPathname(sqlite3_vfs*, const char* name, int size, char* out) {
  sqlite3_snprintf(size, out, "%s", name);
  return SQLITE_OK;
}

// All that has nothing to do with files is the default's.
sqlite3_vfs makeFiles(const sqlite3_vfs& usual) {
  sqlite3_vfs files = usual;
  files.iVersion = 2;
  files.pNext = nullptr;
  files.szOsFile = sizeof(File);
  files.mxPathname = 512;
  files.xOpen = open;
  files.xDelete = remove;
  files.xAccess = access;
  files.xFullPathname = fullPathname;
  return files;
}

}  // namespace

struct MemoryFiles::Registered {
  Watch watch;
  std::string name;  // each has its own
  sqlite3_vfs files = {};
};

MemoryFiles::MemoryFiles(std::function<bool()> keepsGoing) {
  if (sqlite3_initialize() != SQLITE_OK) return;
  const sqlite3_vfs* const usual = sqlite3_vfs_find(nullptr);
  if (usual == nullptr) return;
  auto made = std::make_unique<Registered>();
  made->watch.keepsGoing = std::move(keepsGoing);
  made->name = "whyalive-memory-" + std::to_string(reinterpret_cast<std::uintptr_t>(made.get()));
  made->files = makeFiles(*usual);
  made->files.zName = made->name.c_str();
  made->files.pAppData = &made->watch;
  if (sqlite3_vfs_register(&made->files, 0) == SQLITE_OK) registered_ = std::move(made);
}

MemoryFiles::~MemoryFiles() {
  if (registered_) sqlite3_vfs_unregister(&registered_->files);
}

const char* MemoryFiles::name() const { return registered_ ? registered_->name.c_str() : nullptr; }

}  // namespace whyalive::sql
