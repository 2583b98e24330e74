// Memory straight from the kernel, for code that runs where malloc may be locked by a thread that
// no longer exists (the twin) or where the heap under study is the very heap malloc serves.
//
// `Mappings` owns every mapping of one walk and gives all of it back at once. There are no
// destructors to run and no exceptions: when the kernel refuses, `fail` jumps to the walk's top
// frame (see Bailout). One thread.
#pragma once

#include <setjmp.h>
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace whyalive::agent {

enum class Failure : int { None = 0, NoMemory = 1, Cancelled = 2, WriteFailed = 3, BadAddress = 4 };

// The one way out of a walk that cannot go on. The frames jumped over hold nothing to destroy.
struct Bailout {
  jmp_buf top;
  [[noreturn]] void now(Failure why) { longjmp(top, static_cast<int>(why)); }
};

// Small: for what is touched here and there only.
enum class Pages : std::uint8_t { Huge, Small };

class Mappings {
 public:
  explicit Mappings(Bailout& bailout) : bailout_(&bailout) {}

  // Zeroed memory; address space only until touched. A large piece asks for huge pages: it is
  // filled from end to end, and a fault for every 4 KiB of it would cost a fifth of the walk.
  void* map(std::size_t bytes, Pages pages = Pages::Huge) {
    bytes = rounded(bytes);
    void* memory = bytes < kHuge || pages == Pages::Small ? anonymous(bytes) : aligned(bytes);
    if (!memory || count_ == kMost) bailout_->now(Failure::NoMemory);
    regions_[count_++] = {memory, bytes};
    return memory;
  }

  void* grow(void* old, std::size_t bytes) {
    bytes = rounded(bytes);
    for (std::size_t i = count_; i-- > 0;) {
      if (regions_[i].start != old) continue;
      // Onto an aligned place, so that huge pages move as they are.
      void* place = bytes < kHuge ? nullptr : aligned(bytes);
      const int flags = MREMAP_MAYMOVE | (place ? MREMAP_FIXED : 0);
      void* memory = mremap(old, regions_[i].bytes, bytes, flags, place);
      if (memory == MAP_FAILED) bailout_->now(Failure::NoMemory);
      if (place) madvise(memory, bytes, MADV_HUGEPAGE);
      regions_[i] = {memory, bytes};
      return memory;
    }
    return map(bytes);
  }

  void unmapAll() {
    while (count_ > 0) {
      --count_;
      munmap(regions_[count_].start, regions_[count_].bytes);
    }
  }

  Bailout& bailout() { return *bailout_; }

 private:
  static constexpr std::size_t kMost = 512;
  static constexpr std::size_t kHuge = std::size_t{2} << 20;
  static std::size_t rounded(std::size_t bytes) {
    const std::size_t unit = bytes < kHuge ? 4096 : kHuge;
    return (bytes + unit - 1) & ~(unit - 1);
  }

  static void* anonymous(std::size_t bytes) {
    void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return memory == MAP_FAILED ? nullptr : memory;
  }
  // At a multiple of kHuge; nullptr when there is no room.
  static void* aligned(std::size_t bytes) {
    auto* memory = static_cast<char*>(anonymous(bytes + kHuge));
    if (!memory) return nullptr;
    const std::size_t before = -reinterpret_cast<std::uintptr_t>(memory) & (kHuge - 1);
    if (before) munmap(memory, before);
    munmap(memory + before + bytes, kHuge - before);
    madvise(memory + before, bytes, MADV_HUGEPAGE);  // a wish: ordinary pages do as well
    return memory + before;
  }

  struct Region {
    void* start;
    std::size_t bytes;
  };
  Bailout* bailout_;
  std::size_t count_ = 0;
  Region regions_[kMost];
};

// A growing array of plain values on Mappings. Growth may move it: keep indices, not pointers.
template <class T>
class MappedArray {
 public:
  explicit MappedArray(Mappings& mappings, std::size_t firstCapacity = 4096 / sizeof(T) + 1)
      : mappings_(&mappings), capacity_(firstCapacity) {
    data_ = static_cast<T*>(mappings_->map(capacity_ * sizeof(T)));
  }

  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }

  void push(const T& value) {
    ensure(1);
    data_[size_++] = value;
  }

  // Room for n more; returns where they go. Call `advance` for those really written.
  T* ensure(std::size_t n) {
    if (capacity_ - size_ < n) growTo(size_ + n);
    return data_ + size_;
  }
  void advance(std::size_t n) { size_ += n; }
  void resize(std::size_t n) {
    if (n > capacity_) growTo(n);
    size_ = n;
  }
  void clear() { size_ = 0; }

 private:
  [[gnu::noinline]] void growTo(std::size_t needed) {
    std::size_t capacity = capacity_ * 2;
    if (capacity < needed) capacity = needed + needed / 2;
    data_ = static_cast<T*>(mappings_->grow(data_, capacity * sizeof(T)));
    capacity_ = capacity;
  }

  Mappings* mappings_;
  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_;
};

}  // namespace whyalive::agent
