// Sorting millions of values with looks at RunControl in between: std::sort could not be stopped
// half-way. Runs are sorted one by one, then merged by twos.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/base/run_control.h"

namespace whyalive::heap {

// False when it was cancelled: some values are then lost. Equal ones come in any order.
template <class T, class Less>
bool sortStoppably(std::vector<T>& values, Less less, const RunControl& control,
                   std::string_view step) {
  constexpr std::size_t kRun = 1u << 15;  // also values merged between two looks at the control
  const std::size_t n = values.size();
  const auto at = [&](std::size_t i) { return values.begin() + static_cast<std::ptrdiff_t>(i); };
  for (std::size_t first = 0; first < n; first += kRun) {
    if (!control.keepGoing(step, 0)) return false;
    std::sort(at(first), at(std::min(n, first + kRun)), less);
  }
  if (n <= kRun) return true;
  std::vector<T> merged;
  merged.reserve(n);
  for (std::size_t width = kRun; width < n; width *= 2) {
    merged.clear();
    for (std::size_t first = 0; first < n; first += 2 * width) {
      const std::size_t middle = std::min(n, first + width), end = std::min(n, middle + width);
      for (std::size_t i = first, j = middle; i < middle || j < end;) {
        if (merged.size() % kRun == 0 && !control.keepGoing(step, 0.5)) return false;
        const bool fromRight = i == middle || (j < end && less(values[j], values[i]));
        merged.push_back(std::move(values[fromRight ? j++ : i++]));
      }
    }
    values.swap(merged);
  }
  return true;
}

}  // namespace whyalive::heap
