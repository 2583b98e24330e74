// A number for each object and a label for each number: what the slower ways of dividing the heap
// hand to Classification.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "server/heap/zero_column.h"

namespace whyalive::heap {

struct NumberedLabels {
  ZeroColumn<std::uint32_t> ofObject;
  std::vector<std::string> labels;
};

}  // namespace whyalive::heap
