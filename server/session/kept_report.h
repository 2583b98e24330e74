// KeptReport: an answer that takes long to make and is asked for page by page. Made by the first
// who asks, on whatever thread that is; others wait for it and can still be cancelled. An answer
// that could not be made is not kept.
#pragma once

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
#include "server/heap/partition.h"
#include "server/heap/series.h"
#include "server/heap/settled_sizes.h"

namespace whyalive::session {

struct StoredSnapshot;

template <class T>
class KeptReport {
 public:
  // make() returns Result<T>.
  template <class Make>
  Result<std::shared_ptr<const T>> get(Make make, const RunControl& control) {
    constexpr auto kTick = std::chrono::milliseconds(10);
    std::unique_lock turn(turn_, std::defer_lock);
    while (!turn.try_lock_for(kTick)) {
      if (!control.keepGoing("waiting for another answer", 0)) {
        return fail(ErrorCode::Cancelled, "the question was cancelled");
      }
    }
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

// The last few answers of one kind, by what was asked.
template <class T>
class KeptByKey {
 public:
  std::shared_ptr<KeptReport<T>> at(const std::string& key) {
    constexpr std::size_t kMost = 4;
    const std::scoped_lock lock(mutex_);
    for (const auto& [known, report] : reports_) {
      if (known == key) return report;
    }
    if (reports_.size() == kMost) reports_.erase(reports_.begin());
    reports_.emplace_back(key, std::make_shared<KeptReport<T>>());
    return reports_.back().second;
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<std::string, std::shared_ptr<KeptReport<T>>>> reports_;
};

// Of one snapshot.
struct KeptReports {
  KeptReport<heap::CyclesReport> cycles;
  KeptReport<heap::FlameTree> flame;
  KeptByKey<heap::Fates> fates;    // by the earlier snapshot: fatesSince()
  KeptByKey<heap::Series> series;  // comparisons with earlier snapshots, by what was compared how
  KeptByKey<heap::PartitionTable> partitions;  // pages
  KeptByKey<Bytes> retained;                   // of sets
  heap::LatestClassification classification;
  heap::SettledSizes settled;
};

// What became of the objects of an earlier snapshot: found once for each pair, for comparisons and
// for whatever asks for new objects alone.
Result<std::shared_ptr<const heap::Fates>> fatesSince(const StoredSnapshot& now,
                                                      const StoredSnapshot& before,
                                                      const RunControl& control);

}  // namespace whyalive::session
