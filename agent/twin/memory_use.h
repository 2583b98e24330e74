// How much memory this process has, from /proc, without allocating.
#pragma once

#include <cstdint>

namespace whyalive::agent {

// Memory that this process shares with nobody: of a frozen copy, what the original has written
// since (the kernel then gives each its own page) and what the copy itself wrote. 0 when unknown.
std::uint64_t ownMemoryBytes();

// Of its whole address space.
std::uint64_t addressSpaceBytes();

}  // namespace whyalive::agent
