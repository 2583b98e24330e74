#include "server/session/likely_questions.h"

#include <algorithm>

#include "server/features/partition_report.h"
#include "server/heap/analysis.h"
#include "server/session/kept_report.h"

namespace whyalive::session {
namespace {

using api::PartitionBy;

constexpr std::uint32_t kPanelPage = 2000;  // rows

// What was made is kept with the snapshot; here only whether it was counts.
template <class T>
Result<void> outcome(const Result<T>& made) {
  if (made) return {};
  return std::unexpected(made.error());
}

// Page by page to its end, or to what is kept of a table.
Result<void> readTable(const StoredSnapshot& now, const StoredSnapshot* since,
                       api::PartitionParams params, const RunControl& control) {
  heap::LatestClassification division;  // for all pages; what people looked at last stays kept
  for (;; params.offset += params.limit) {
    const auto page = pageOf(now, since, params, &division, control);
    if (!page) return std::unexpected(page.error());
    const std::size_t end = std::min((*page)->rowCount, KeptPages::kMostRows);
    if (params.offset + params.limit >= end) return {};
  }
}

WarmUp::Step table(const SnapshotPtr& now, const SnapshotPtr& since, PartitionBy by) {
  api::PartitionParams params;
  params.by = by;
  params.limit = kPanelPage;
  if (since) params.since = since->id;
  return {nameIn(*now, tableName(params)), [now, since, params](const RunControl& control) {
            return readTable(*now, since.get(), params, control);
          }};
}

}  // namespace

std::string nameIn(const StoredSnapshot& now, const std::string& thing) {
  return now.id + " " + thing;
}

std::deque<WarmUp::Step> likelyQuestions(const SnapshotPtr& now, const SnapshotPtr& since) {
  std::deque<WarmUp::Step> steps;
  const auto add = [&](PartitionBy by) { steps.push_back(table(now, since, by)); };
  add(PartitionBy::Kind);
  add(PartitionBy::Module);
  steps.push_back({nameIn(*now, kFlameName),
                   [now](const RunControl& control) { return outcome(flameOf(*now, control)); }});
  steps.push_back({nameIn(*now, kCyclesName),
                   [now](const RunControl& control) { return outcome(cyclesOf(*now, control)); }});
  add(PartitionBy::Type);
  add(PartitionBy::Holder);
  add(PartitionBy::Referrers);
  add(PartitionBy::Via);
  add(PartitionBy::Size);
  return steps;
}

std::vector<Meanwhile> firstTables(const StoredSnapshot& now, const SnapshotPtr& since) {
  const auto shared = std::make_shared<const StoredSnapshot>(now);
  return {table(shared, since, PartitionBy::Kind).make,
          table(shared, since, PartitionBy::Module).make};
}

std::optional<WarmUp::Step> likelyAfter(const SnapshotPtr& now, api::PartitionBy by) {
  switch (by) {
    case PartitionBy::Holder:
    case PartitionBy::Referrers:
    case PartitionBy::Via:
    case PartitionBy::Size: break;
    default: return std::nullopt;
  }
  const heap::PartitionBy way = features::heapPartition(by);
  const std::string name = "division by " + std::string(heap::toString(way));
  return WarmUp::Step{nameIn(*now, name), [now, way](const RunControl& control) {
                        return outcome(now->kept->classification.get(*now->analysis, way, control));
                      }};
}

}  // namespace whyalive::session
