#include "server/heap/column.h"

#include <sys/mman.h>

#include <cstdlib>

#include "server/heap/zero_column.h"

namespace whyalive::heap {

namespace {
constexpr std::size_t kLargePage = std::size_t{2} << 20;
constexpr std::size_t kWorthIt = 2 * kLargePage;  // below, half of a page might stay empty
}  // namespace

void* allocateColumn(std::size_t bytes) {
  if (bytes < kWorthIt) {
    void* small = std::malloc(bytes == 0 ? 1 : bytes);
    if (small == nullptr) throw std::bad_alloc();
    return small;
  }
  const std::size_t whole = (bytes + kLargePage - 1) & ~(kLargePage - 1);
  void* memory = std::aligned_alloc(kLargePage, whole);
  if (memory == nullptr) throw std::bad_alloc();
  madvise(memory, bytes & ~(kLargePage - 1), MADV_HUGEPAGE);  // a wish: without, it is but slower
  return memory;
}

void freeColumn(void* memory) { std::free(memory); }

// Not by calloc, which clears what it has from earlier.
void* allocateZeros(std::size_t bytes) {
  if (bytes < kWorthIt) {
    void* small = std::calloc(1, bytes == 0 ? 1 : bytes);
    if (small == nullptr) throw std::bad_alloc();
    return small;
  }
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void freeZeros(void* memory, std::size_t bytes) {
  if (bytes < kWorthIt) {
    std::free(memory);
  } else {
    munmap(memory, bytes);
  }
}

}  // namespace whyalive::heap
