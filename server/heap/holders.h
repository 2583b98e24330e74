// Holders: for each object the first container on its path from a root, where things pile up:
// `Dispatcher._expected` for all that hangs on its entries.
#pragma once

#include <cstdint>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"
#include "server/heap/numbered_labels.h"
#include "server/heap/zero_column.h"

namespace whyalive::heap {

// Remembers what it has found; one thread.
class Holders {
 public:
  explicit Holders(const Analysis& analysis) : analysis_(analysis) {}

  // Before the object itself on its path; kNoObject when no container is.
  ObjectIndex of(ObjectIndex o);
  // Whether entries of this container are piled up in it, rather than being the parts of something:
  // the namespace of an instance, the cells of a closure, the bases of a class.
  bool piles(ObjectIndex container) const;

 private:
  // Stored so that 0 means "not asked for yet".
  static constexpr std::uint32_t stored(std::uint32_t holder) { return holder + 2; }
  bool isAsked(std::uint32_t o) const { return holderOf_[o] != 0; }
  std::uint32_t holderOf(std::uint32_t o) const { return holderOf_[o] - 2; }

  const Analysis& analysis_;
  ZeroColumn<std::uint32_t> holderOf_;  // by object
};

// Every object under its holder's expression, positions masked, so that equal holders are one; a
// container under itself, what stands before the first container under its root.
Result<NumberedLabels> objectsByHolder(const Analysis& analysis, const RunControl& control);

}  // namespace whyalive::heap
