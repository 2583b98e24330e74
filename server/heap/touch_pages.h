// A new column whose values are first written in no order of memory would have the kernel clear
// all of its large pages within a moment, in which nobody hears of a cancel: this asks for them one
// after the other.
#pragma once

#include <cstddef>
#include <string_view>

#include "protocol/base/run_control.h"

namespace whyalive::heap {

// Writes a zero into each large page of the column. False when it was cancelled.
template <class Column>
bool touchPages(Column& column, const RunControl& control, std::string_view step) {
  constexpr std::size_t kLargePage = std::size_t{2} << 20;
  for (std::size_t i = 0; i < column.size(); i += kLargePage / sizeof(column[0])) {
    if (!control.keepGoing(step, 0)) return false;
    column[i] = 0;
  }
  return true;
}

}  // namespace whyalive::heap
