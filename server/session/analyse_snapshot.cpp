#include "server/session/analyse_snapshot.h"

#include <atomic>
#include <chrono>
#include <tuple>
#include <utility>

#include "server/heap/analysis.h"
#include "server/heap/snapshot_reader.h"
#include "server/heap/suspects.h"
#include "server/session/run_both.h"
#include "server/sources/judge.h"
#include "server/sources/locate.h"

namespace whyalive::session {
namespace {

constexpr double kNsPerMs = 1e6;

double milliseconds(const std::optional<std::int64_t>& nanoseconds) {
  return nanoseconds ? static_cast<double>(*nanoseconds) / kNsPerMs : 0;
}

Bytes totalSize(const heap::HeapGraph& graph) {
  Bytes total = 0;
  for (std::uint32_t i = 0; i < graph.objectCount(); ++i) total += graph.size(ObjectIndex{i});
  return total;
}

std::int64_t nowMs() {
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

Result<StoredSnapshot> analyseSnapshot(std::shared_ptr<const net::SnapshotBytes> content,
                                       const RunControl& control) {
  auto start = std::chrono::steady_clock::now();
  auto snapshot = heap::readSnapshot(content->view(), content, control);
  if (!snapshot) return std::unexpected(snapshot.error());
  auto analysis = heap::analyse(std::move(*snapshot), control, runBoth());
  if (!analysis) return std::unexpected(analysis.error());
  const heap::ProcessInfo& process = (*analysis)->process();
  StoredSnapshot stored;
  stored.pid = process.pid.value_or(0);
  stored.startTimeNs = process.startTime;
  stored.timeMs = process.snapshotTime ? *process.snapshotTime / 1'000'000 : nowMs();
  stored.objects = (*analysis)->graph().objectCount();
  stored.bytes = totalSize((*analysis)->graph());
  stored.stoppedMs = milliseconds(process.stoppedNs);
  stored.waitedMs = milliseconds(process.waitedNs);
  stored.walkMs = milliseconds(process.walkNs);
  stored.content = std::move(content);
  stored.analysis = std::move(*analysis);
  std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - start;
  stored.analysisMs = spent.count();
  return stored;
}

Result<FoundSuspects> locateSuspects(const heap::Analysis& now,
                                     const std::vector<SnapshotPtr>& bases,
                                     sources::SourceIndex& index, const RunControl& control) {
  std::vector<const heap::Analysis*> earlier;
  for (const SnapshotPtr& base : bases) earlier.push_back(base->analysis.get());
  FoundSuspects found;
  heap::SuspectOptions options;
  options.cleared = &found.cleared;
  auto suspects = heap::findSuspects(now, earlier, options, control);
  if (!suspects) return std::unexpected(suspects.error());
  auto located = sources::locateSuspects(now, std::move(*suspects), index, control, &found.cleared);
  if (!located) return std::unexpected(located.error());
  found.suspects = *std::move(located);
  return found;
}

Result<FoundSuspects> locateSuspects(const heap::Analysis& now,
                                     const std::vector<SnapshotPtr>& bases,
                                     sources::SourceIndex& index,
                                     const std::vector<Meanwhile>& meanwhile,
                                     const RunControl& control) {
  const heap::RunBoth both = runBoth();
  if (!both) return locateSuspects(now, bases, index, control);
  std::atomic<bool> done = false;
  Result<FoundSuspects> found;
  both(
      [&] {
        found = locateSuspects(now, bases, index, control);
        done = true;
      },
      [&] {
        const RunControl untilFound([&](std::string_view, double) { return !done; });
        for (const Meanwhile& step : meanwhile) {
          if (!done) std::ignore = step(untilFound);
        }
      });
  return found;
}

}  // namespace whyalive::session
