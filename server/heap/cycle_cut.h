// Which reference of a ring could be weak: the one that points back. Pure.
//
// A reference points back when its target keeps its owner alive anyway (it dominates it), when it
// goes straight to an object that holds the owner in a container, when it is a bound method or an
// inner function of the owner itself, or when its name says so (`parent`, `owner` …). Where nothing
// stands out there is none: a weak reference at the wrong place loses objects.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "server/heap/cycle_ring.h"

namespace whyalive::heap {

struct Cut {
  std::uint32_t step = 0;  // of the ring
  std::string type;        // qualified: whose attribute
  std::string attribute;
  bool breaks = false;  // without such references no object of the cycle is in one
  std::string reason;
};

// Cancelled, `breaks` is not to be trusted.
std::optional<Cut> cutOf(const Analysis& analysis, const Ring& ring,
                         std::span<const std::uint32_t> members, const Components::Follows& follows,
                         const RunControl& control);

}  // namespace whyalive::heap
