#include "agent/evaluate/copy_memory.h"

#include <malloc.h>
#include <sched.h>
#include <sys/mman.h>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstring>

#include "agent/compat/python.h"

namespace whyalive::agent {
namespace {

// Before each block: which class it is of. Blocks lie at 16-byte boundaries.
struct alignas(16) Header {
  std::uint32_t sizeClass;
};
struct Free {
  Free* next;
};

constexpr std::size_t kSmallest = 32;
constexpr std::size_t kGiveBackFrom = std::size_t{1} << 20;

// Four classes between powers of two: 32, 40, 48, 56, 64, 80 …, each holding the block's size.
constexpr std::uint32_t classOf(std::size_t bytes) {
  if (bytes < kSmallest) bytes = kSmallest;
  const int shift = std::bit_width(bytes - 1) - 3;
  const std::size_t steps = (bytes - 1) >> shift;  // 4 … 7
  return static_cast<std::uint32_t>(shift) * 4 + static_cast<std::uint32_t>(steps - 4) + 1;
}
constexpr std::size_t sizeOf(std::uint32_t sizeClass) {
  const std::uint32_t shift = (sizeClass - 1) / 4;
  return (std::size_t{(sizeClass - 1) % 4 + 5} << shift);
}
static_assert(sizeOf(classOf(32)) == 32 && sizeOf(classOf(33)) == 40 && sizeOf(classOf(64)) == 64);
static_assert(sizeOf(classOf(1000)) >= 1000 && sizeOf(classOf(4097)) == 5120);

class Region {
 public:
  bool open(std::size_t bytes) {
    void* start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (start == MAP_FAILED) return false;
    start_ = next_ = static_cast<char*>(start);
    end_ = start_ + bytes;
    return true;
  }

  void* allocate(std::size_t bytes) {
    if (bytes > static_cast<std::size_t>(end_ - start_)) return nullptr;
    const std::uint32_t sizeClass = classOf(bytes + sizeof(Header));
    const Lock lock(busy_);
    Free*& list = free_[sizeClass];
    if (list) {
      Free* block = list;
      list = block->next;
      return block;
    }
    const std::size_t whole = (sizeOf(sizeClass) + 15) & ~std::size_t{15};
    if (whole > static_cast<std::size_t>(end_ - next_)) return nullptr;
    auto* header = reinterpret_cast<Header*>(next_);
    header->sizeClass = sizeClass;
    next_ += whole;
    return header + 1;
  }

  void release(void* block) {
    if (!owns(block)) return;
    const std::uint32_t sizeClass = headerOf(block)->sizeClass;
    if (sizeOf(sizeClass) >= kGiveBackFrom) forgetContent(block, sizeClass);
    const Lock lock(busy_);
    auto* one = static_cast<Free*>(block);
    one->next = free_[sizeClass];
    free_[sizeClass] = one;
  }

  bool owns(const void* block) const { return block >= start_ && block < end_; }
  std::size_t capacityOf(void* block) const {
    return sizeOf(headerOf(block)->sizeClass) - sizeof(Header);
  }

 private:
  class Lock {
   public:
    explicit Lock(std::atomic_flag& flag) : flag_(flag) {
      while (flag_.test_and_set(std::memory_order_acquire)) sched_yield();
    }
    ~Lock() { flag_.clear(std::memory_order_release); }
    Lock(const Lock&) = delete;

   private:
    std::atomic_flag& flag_;
  };

  static Header* headerOf(void* block) { return static_cast<Header*>(block) - 1; }

  // Whole pages inside a large free block go back to the kernel.
  void forgetContent(void* block, std::uint32_t sizeClass) const {
    const auto first =
        (reinterpret_cast<std::uintptr_t>(block) + sizeof(Free) + 4095) & ~std::uintptr_t{4095};
    const auto last = (reinterpret_cast<std::uintptr_t>(headerOf(block)) + sizeOf(sizeClass)) &
                      ~std::uintptr_t{4095};
    if (last > first) madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
  }

  char* start_ = nullptr;
  char* next_ = nullptr;
  char* end_ = nullptr;
  Free* free_[256] = {};
  std::atomic_flag busy_ = ATOMIC_FLAG_INIT;
};

Region region;

void* allocate(void*, std::size_t bytes) { return region.allocate(bytes ? bytes : 1); }

void* allocateZeroed(void*, std::size_t count, std::size_t each) {
  if (each && count > SIZE_MAX / each) return nullptr;
  const std::size_t bytes = count * each;
  void* block = region.allocate(bytes > 0 ? bytes : 1);
  if (block) std::memset(block, 0, bytes);
  return block;
}

void release(void*, void* block) {
  if (block) region.release(block);
}

void* reallocate(void*, void* old, std::size_t bytes) {
  if (!old) return region.allocate(bytes ? bytes : 1);
  const bool ours = region.owns(old);
  const std::size_t capacity = ours ? region.capacityOf(old) : malloc_usable_size(old);
  if (ours && bytes <= capacity) return old;
  void* block = region.allocate(bytes ? bytes : 1);
  if (!block) return nullptr;
  std::memcpy(block, old, bytes < capacity ? bytes : capacity);
  if (ours) region.release(old);
  return block;
}

}  // namespace

bool useCopyMemory(std::uint64_t bytes) {
  if (!region.open(bytes)) return false;
  PyMemAllocatorEx raw{};
  PyMem_GetAllocator(PYMEM_DOMAIN_RAW, &raw);
  PyMemAllocatorEx ours{nullptr, allocate, allocateZeroed, reallocate, release};
  // A process that runs with PYTHONMALLOC=malloc has the same functions everywhere.
  for (const PyMemAllocatorDomain domain : {PYMEM_DOMAIN_MEM, PYMEM_DOMAIN_OBJ, PYMEM_DOMAIN_RAW}) {
    PyMemAllocatorEx present{};
    PyMem_GetAllocator(domain, &present);
    if (present.malloc == raw.malloc) PyMem_SetAllocator(domain, &ours);
  }
  return true;
}

}  // namespace whyalive::agent
