#include "server/session/snapshot_store.h"

#include <algorithm>
#include <utility>

namespace whyalive::session {
namespace {

// A start time is computed from the clock each time, so it wavers a little.
constexpr std::int64_t kWaverNs = 2'000'000'000;

}  // namespace

bool StoredSnapshot::sameProcess(const StoredSnapshot& other) const {
  if (pid == 0 || pid != other.pid) return false;
  if (!startTimeNs || !other.startTimeNs) return startTimeNs == other.startTimeNs;
  std::int64_t later = std::max(*startTimeNs, *other.startTimeNs);
  std::int64_t earlier = std::min(*startTimeNs, *other.startTimeNs);
  return later - kWaverNs <= earlier;
}

void SnapshotStore::remove(const StoredSnapshot& snapshot) {
  std::erase_if(all_, [&](const SnapshotPtr& one) { return one->id == snapshot.id; });
}

SnapshotPtr SnapshotStore::add(StoredSnapshot snapshot) {
  snapshot.id = nextId();
  ++lastNumber_;
  all_.push_back(std::make_shared<const StoredSnapshot>(std::move(snapshot)));
  return all_.back();
}

Result<SnapshotPtr> SnapshotStore::find(const std::optional<std::string>& id) const {
  if (all_.empty()) {
    return fail(ErrorCode::NotFound, "there is no snapshot yet",
                "take one (whyalive/snapshot) or open a file (whyalive/openSnapshot)");
  }
  if (!id) return current();
  std::string known;
  for (const SnapshotPtr& one : all_) {
    if (one->id == *id) return one;
    known += (known.empty() ? "" : ", ") + one->id;
  }
  return fail(ErrorCode::NotFound, "there is no snapshot " + *id, "there are " + known);
}

std::vector<SnapshotPtr> SnapshotStore::earlier(const StoredSnapshot& than) const {
  std::vector<SnapshotPtr> found;
  for (const SnapshotPtr& one : all_) {
    if (one->id == than.id) break;
    if (one->sameProcess(than)) found.push_back(one);
  }
  return found;
}

}  // namespace whyalive::session
