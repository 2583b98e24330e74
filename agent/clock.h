// The time in nanoseconds, without libstdc++'s clocks.
#pragma once

#include <cstdint>
#include <ctime>

namespace whyalive::agent {

inline std::uint64_t nowNs(clockid_t clock = CLOCK_MONOTONIC) {
  timespec t{};
  clock_gettime(clock, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(t.tv_nsec);
}

}  // namespace whyalive::agent
