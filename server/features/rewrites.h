// Rewrites that end a leak, offered only where the statement is still there and has a form that is
// known to stay right: a bounded lru_cache for an unbounded one, a pop for the last read of an
// entry, weak values for a dict of plain objects, a weak proxy for a reference back to an owner.
// Pure text work; the person decides.
#pragma once

#include <string>
#include <vector>

#include "server/features/text_lines.h"
#include "server/sources/annotations.h"

namespace whyalive::features {

struct Rewrite {
  std::string title;
  std::vector<sources::TextEdit> edits;  // none overlaps another
};

// Those of this suspect in the file whose text `lines` is.
std::vector<Rewrite> rewrites(const sources::LocatedSuspect& suspect, const std::string& file,
                              const TextLines& lines);

}  // namespace whyalive::features
