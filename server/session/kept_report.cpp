#include "server/session/kept_report.h"

#include "server/heap/analysis.h"
#include "server/session/snapshot_store.h"

namespace whyalive::session {

Result<std::shared_ptr<const heap::Fates>> fatesSince(const StoredSnapshot& now,
                                                      const StoredSnapshot& before,
                                                      const RunControl& control) {
  const auto find = [&] {
    return heap::fatesOf(before.analysis->graph(), now.analysis->graph(), control);
  };
  return now.kept->fates.at(before.id)->get(find, control);
}

}  // namespace whyalive::session
