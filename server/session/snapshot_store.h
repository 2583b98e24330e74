// The snapshots of one session, in the order in which they came. Each is frozen and shared, so a
// slow reader keeps what it reads. Ids are s1, s2 … and never used again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"
#include "server/heap/suspects.h"
#include "server/net/take_snapshot.h"
#include "server/sources/annotations.h"

namespace whyalive::session {

class SqlDesk;
struct KeptReports;

struct StoredSnapshot {
  std::string id;
  std::string label;
  std::int64_t pid = 0;                     // 0: unknown
  std::optional<std::int64_t> startTimeNs;  // of the process, since the epoch
  std::int64_t timeMs = 0;                  // since the epoch
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;  // of all objects
  double stoppedMs = 0, waitedMs = 0, walkMs = 0, analysisMs = 0;
  std::shared_ptr<const net::SnapshotBytes> content;
  std::shared_ptr<const heap::Analysis> analysis;
  // Since every earlier one of the same process; and what is none, and why.
  std::vector<sources::LocatedSuspect> suspects;
  std::vector<heap::ClearedHolder> cleared;
  std::shared_ptr<SqlDesk> desk;      // answers SQL, one question at a time
  std::shared_ptr<KeptReports> kept;  // answers that are asked for page by page

  // Numbers of processes are used again; when each started tells them apart.
  bool sameProcess(const StoredSnapshot& other) const;
};

using SnapshotPtr = std::shared_ptr<const StoredSnapshot>;

class SnapshotStore {
 public:
  std::string nextId() const { return "s" + std::to_string(lastNumber_ + 1); }
  // Takes the id of `nextId` and makes it the current one.
  SnapshotPtr add(StoredSnapshot snapshot);

  // The newest of the others becomes the current one.
  void remove(const StoredSnapshot& snapshot);

  const std::vector<SnapshotPtr>& all() const { return all_; }
  SnapshotPtr current() const { return all_.empty() ? nullptr : all_.back(); }

  // By id, the current one without; NotFound says which there are.
  Result<SnapshotPtr> find(const std::optional<std::string>& id) const;
  // Those of the same process that came before, oldest first.
  std::vector<SnapshotPtr> earlier(const StoredSnapshot& than) const;

 private:
  std::uint64_t lastNumber_ = 0;
  std::vector<SnapshotPtr> all_;
};

}  // namespace whyalive::session
