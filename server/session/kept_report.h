// KeptReport: an answer that takes long to make and is asked for page by page. Made by the first
// who asks, on whatever thread that is; others wait for it and can still be cancelled. An answer
// that could not be made is not kept.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "server/heap/classification.h"
#include "server/heap/cycles_report.h"
#include "server/heap/fates.h"
#include "server/heap/flame.h"
#include "server/heap/series.h"
#include "server/heap/settled_sizes.h"
#include "server/session/kept_pages.h"
#include "server/session/turn.h"

namespace whyalive::api {
struct PartitionParams;
}

namespace whyalive::session {

struct StoredSnapshot;

template <class T>
class KeptReport {
 public:
  // make() returns Result<T>.
  template <class Make>
  Result<std::shared_ptr<const T>> get(Make make, const RunControl& control) {
    const auto turn = takeTurn(turn_, control);
    if (!turn) return std::unexpected(turn.error());
    if (!report_) {
      Result<T> made = make();
      if (!made) return std::unexpected(std::move(made.error()));
      report_ = std::make_shared<const T>(*std::move(made));
    }
    return report_;
  }

 private:
  std::timed_mutex turn_;
  std::shared_ptr<const T> report_;
};

// The last few answers of one kind, by what was asked; what was not asked for longest goes first.
template <class Report, std::size_t kMost = 4>
class KeptByKey {
 public:
  std::shared_ptr<Report> at(const std::string& key) {
    const std::scoped_lock lock(mutex_);
    const auto known = std::ranges::find(reports_, key, &Known::first);
    if (known != reports_.end()) {
      std::rotate(known, known + 1, reports_.end());
      return reports_.back().second;
    }
    if (reports_.size() == kMost) reports_.erase(reports_.begin());
    return reports_.emplace_back(key, std::make_shared<Report>()).second;
  }

 private:
  using Known = std::pair<std::string, std::shared_ptr<Report>>;
  std::mutex mutex_;
  std::vector<Known> reports_;
};

// Of one snapshot.
struct KeptReports {
  KeptReport<heap::CyclesReport> cycles;
  KeptReport<heap::FlameTree> flame;
  KeptByKey<KeptReport<heap::Fates>> fates;  // by the earlier snapshot: fatesSince()
  // Comparisons with earlier snapshots, by what was compared how.
  KeptByKey<KeptReport<heap::Series>> series;
  KeptByKey<KeptPages, 16> tables;            // partitions, by tableName()
  KeptByKey<KeptReport<Bytes>, 64> retained;  // of sets
  heap::LatestClassification classification;
  heap::SettledSizes settled;
};

// What became of the objects of an earlier snapshot: found once for each pair, for comparisons and
// for whatever asks for new objects alone.
Result<std::shared_ptr<const heap::Fates>> fatesSince(const StoredSnapshot& now,
                                                      const StoredSnapshot& before,
                                                      const RunControl& control);
Result<std::shared_ptr<const heap::CyclesReport>> cyclesOf(const StoredSnapshot& now,
                                                           const RunControl& control);
Result<std::shared_ptr<const heap::FlameTree>> flameOf(const StoredSnapshot& now,
                                                       const RunControl& control);

// Two questions for pages of the same table have the same name.
std::string tableName(const api::PartitionParams& params);
// `since` is the snapshot that `params.since` names. `latest`: the way of dividing that is kept,
// for whoever will ask for rows within a row; null leaves it as it is.
Result<std::shared_ptr<const heap::PartitionTable>> pageOf(const StoredSnapshot& now,
                                                           const StoredSnapshot* since,
                                                           const api::PartitionParams& params,
                                                           heap::LatestClassification* latest,
                                                           const RunControl& control);

}  // namespace whyalive::session
