// R4, native: memory that extensions take behind small Python objects (a parser, a compressor, a
// connection). No size tells it, but what malloc has handed out beyond all sizes does. It is spread
// over the instances of extension types, and whoever holds these holds it.
//
// Between two snapshots the type whose instances became more is charged with what became more: that
// is evidence. In one snapshot all that can be done is to spread by number: a hint, and said so.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>

#include "protocol/base/ids.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"

namespace whyalive::heap {

// Bytes behind each instance, by name of the type.
struct NativeShares {
  std::map<std::string, Bytes, std::less<>> ofInstance;
  bool fromGrowth = false;

  Bytes of(std::string_view type) const {
    const auto it = ofInstance.find(type);
    return it == ofInstance.end() ? 0 : it->second;
  }
};

NativeShares nativeShares(const Analysis& now, std::span<const Analysis* const> bases,
                          const RunControl& control = {});

// What malloc has handed out and no object explains; nullopt when the snapshot does not tell or it
// is too little to speak of.
std::optional<Bytes> unexplainedMemory(const Analysis& analysis, const RunControl& control = {});

}  // namespace whyalive::heap
