// A small leaking program as a heap, the same in every run; its module __main__ lies in
// kSampleFile.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "server/heap/analysis.h"

namespace whyalive::fuzz {

inline constexpr char kSampleFile[] = "/srv/main.py";

std::vector<std::uint8_t> sampleSnapshot();
std::shared_ptr<const heap::Analysis> sampleHeap();

}  // namespace whyalive::fuzz
