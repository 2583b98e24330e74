// The dominator tree level by level, for browsing: the children of one object, of what only the
// roots keep, or of all objects of one row, by object or put together by kind. Pure; linear in the
// level.
//
//   roots                        by kind            then, of the row "Order", by kind
//    ├─ Order 1 ── list, str       Order  2           list 2
//    ├─ Order 2 ── list            str    1           str  1
//    └─ str
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/analysis.h"

namespace whyalive::heap {

enum class DominatorsBy { Object, Kind };

struct DominatorQuery {
  std::optional<ObjectIndex> object;   // none: the roots
  std::span<const std::string> kinds;  // from there down: through children of these kinds
  DominatorsBy by = DominatorsBy::Object;
  std::uint64_t offset = 0;
  std::uint64_t limit = 100;
};

struct DominatorRow {
  KindIndex kind{};
  std::uint64_t count = 0;
  Bytes size = 0;      // their own, native memory included
  Bytes retained = 0;  // with all below
  std::uint64_t children = 0;
  ObjectIndex object = kNoObject;  // by object; of a kind one that retains most
};

struct DominatorLevel {
  std::uint64_t count = 0;  // objects whose children these are; 0: the roots
  Bytes size = 0;
  Bytes retained = 0;
  std::uint64_t rowCount = 0;      // of all pages
  std::vector<DominatorRow> rows;  // what retains most first
};

Result<DominatorLevel> dominatorLevel(const Analysis& analysis, const DominatorQuery& query,
                                      const RunControl& control = {});

}  // namespace whyalive::heap
