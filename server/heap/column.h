// Column: a long array, one value per object or reference. Tens of megabytes are asked for in large
// pages: an analysis jumps about in them, and with small pages it waits for the page tables (a
// quarter of the time at five million objects). Values are not cleared when a column is resized.
#pragma once

#include <cstddef>
#include <limits>
#include <new>
#include <type_traits>
#include <vector>

namespace whyalive::heap {

// Throw std::bad_alloc as operator new does.
void* allocateColumn(std::size_t bytes);
void freeColumn(void* memory);

template <class T>
struct ColumnAllocator {
  static_assert(std::is_trivially_copyable_v<T>);
  using value_type = T;

  ColumnAllocator() = default;
  template <class U>
  ColumnAllocator(const ColumnAllocator<U>&) {}  // NOLINT(google-explicit-constructor)

  T* allocate(std::size_t n) {
    if (n > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_alloc();
    return static_cast<T*>(allocateColumn(n * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t) { freeColumn(memory); }
  template <class U>
  void construct(U* at) noexcept {
    ::new (static_cast<void*>(at)) U;
  }
  template <class U, class... Args>
  void construct(U* at, Args&&... args) {
    ::new (static_cast<void*>(at)) U(static_cast<Args&&>(args)...);
  }
  bool operator==(const ColumnAllocator&) const { return true; }
};

template <class T>
using Column = std::vector<T, ColumnAllocator<T>>;

}  // namespace whyalive::heap
