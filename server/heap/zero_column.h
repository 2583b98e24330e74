// ZeroColumn: a long array that is all zeros once made. The kernel hands out cleared pages one by
// one as they are first touched, so making it takes no time: clearing 73 MB in one go takes 40 ms,
// in which nobody hears of a cancel, and a question about few objects never touches most of it.
//
// Made in its final length: what a vector takes into use again is not cleared.
#pragma once

#include <cstddef>
#include <limits>
#include <new>
#include <type_traits>
#include <vector>

namespace whyalive::heap {

// Throws std::bad_alloc as operator new does.
void* allocateZeros(std::size_t bytes);
void freeZeros(void* memory, std::size_t bytes);

template <class T>
struct ZeroAllocator {
  static_assert(std::is_trivially_copyable_v<T>);
  using value_type = T;

  ZeroAllocator() = default;
  template <class U>
  ZeroAllocator(const ZeroAllocator<U>&) {}  // NOLINT(google-explicit-constructor)

  T* allocate(std::size_t n) {
    if (n > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_alloc();
    return static_cast<T*>(allocateZeros(n * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t n) { freeZeros(memory, n * sizeof(T)); }
  template <class U>
  void construct(U*) noexcept {}  // zero already
  template <class U, class... Args>
  void construct(U* at, Args&&... args) {
    ::new (static_cast<void*>(at)) U(static_cast<Args&&>(args)...);
  }
  bool operator==(const ZeroAllocator&) const { return true; }
};

template <class T>
using ZeroColumn = std::vector<T, ZeroAllocator<T>>;

}  // namespace whyalive::heap
