// The snapshots of a session: taking, opening and saving them, and what is asked of them.
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "protocol/json/convert.h"
#include "server/features/expected_suspects.h"
#include "server/features/partition_report.h"
#include "server/features/suspect_report.h"
#include "server/heap/partition.h"
#include "server/net/agent_connection.h"
#include "server/net/typed.h"
#include "server/session/analyse_snapshot.h"
#include "server/session/kept_report.h"
#include "server/session/likely_questions.h"
#include "server/session/live_copies.h"
#include "server/session/session.h"
#include "server/session/snapshot_file.h"
#include "server/session/sql_desk.h"
#include "server/session/warm_up.h"

namespace whyalive::session {
namespace {

namespace asio = net::asio;

api::SnapshotResult resultOf(const StoredSnapshot& one, api::SnapshotEntry entry) {
  return {std::move(entry), one.stoppedMs, one.waitedMs, one.walkMs, one.analysisMs, ""};
}

// A process that walks itself leaves no copy behind.
net::SnapshotOptions snapshotOptions(const Settings& settings, bool inProcess) {
  net::SnapshotOptions options;
  if (inProcess) {
    options.mode = net::SnapshotMode::InProcess;
  } else if (const ValueSettings& values = settings.values; values.enabled) {
    options.keep =
        net::KeepOptions{values.idleMinutes * 60, std::uint64_t{values.memoryMiB} << 20, true};
  }
  return options;
}

std::string inProcessWarning(double stoppedMs) {
  return "The process itself was walked and stood still for " +
         std::to_string(std::lround(stoppedMs)) +
         " ms; no frozen copy of it stays to answer for values.";
}

// The server's own folder means nothing to an editor.
Result<void> checkPath(const std::string& path) {
  if (path.starts_with('/')) return {};
  return fail(ErrorCode::InvalidArgument, "params.path: must be an absolute path");
}

api::PartitionResult emptyPartition(api::PartitionBy by) {
  api::PartitionResult result;
  result.by = by;
  return result;
}

Result<api::PartitionResult> tabulate(const StoredSnapshot& now, const StoredSnapshot* since,
                                      const api::PartitionParams& params,
                                      const RunControl& control) {
  const auto table = pageOf(now, since, params, &now.kept->classification, control);
  if (!table) return std::unexpected(table.error());
  return features::partitionReport(**table, now.id, params);
}

}  // namespace

// Where a long request reports to: the caller's own token, else one that the client lets us make.
net::Awaitable<std::shared_ptr<WorkProgress>> Session::begin(LongCall call, std::string title) {
  auto self = shared_from_this();
  std::optional<lsp::ProgressToken> token = call.workDoneToken;
  if (!token && client_.workDoneProgress) {
    lsp::ProgressToken made = "whyalive/" + std::to_string(++lastToken_);
    lsp::WorkDoneProgressCreateParams create{made};
    auto created = co_await net::ask<lsp::WorkDoneProgressCreate>(peer_, std::move(create));
    if (created) token = made;
  }
  std::erase_if(progressCalls_, [](const auto& one) { return one.second.expired(); });
  if (token) progressCalls_[*token] = call.cancellation;
  co_return std::make_shared<WorkProgress>(executor_, peer_, std::move(token), std::move(title));
}

Session::Task<api::SnapshotResult> Session::takeSnapshot(api::SnapshotParams params,
                                                         LongCall call) {
  auto self = shared_from_this();
  auto found = co_await connected(params.pid, call);
  if (!found) co_return std::unexpected(found.error());
  auto connection = *found;
  const auto pause = warmUp_->pause();
  auto progress = co_await begin(call, "Taking a snapshot");
  net::AgentConnection::Progress report = [progress](std::string_view step, double fraction) {
    progress->report(step, fraction);
  };
  const bool inProcess = params.inProcess.value_or(settings_.inProcess);
  auto taken = co_await connection->snapshot(snapshotOptions(settings_, inProcess),
                                             std::move(report), call.cancellation);
  if (!taken) co_return std::unexpected(taken.error());
  const JoinedCopy copy = LiveCopies::join(taken->copySocket);
  auto content = std::make_shared<net::SnapshotBytes>(std::move(taken->bytes));
  auto kept = co_await keep(content, params.label, copy, progress->control(call.cancellation));
  progress->end();
  if (!kept) co_return std::unexpected(kept.error());
  api::SnapshotResult result = resultOf(**kept, entryOf(**kept));
  if (inProcess) result.warning = inProcessWarning(result.stoppedMs);
  co_return result;
}

// Analyses on the pool; the snapshot becomes the current one only when all of it is there.
Session::Task<SnapshotPtr> Session::keep(std::shared_ptr<const net::SnapshotBytes> content,
                                         std::string label, JoinedCopy copy, RunControl control) {
  auto self = shared_from_this();
  auto analyse = [content, control] { return analyseSnapshot(content, control); };
  auto analysed = co_await net::offload(surroundings_.pool, std::move(analyse));
  if (!analysed) co_return std::unexpected(analysed.error());
  analysed->label = std::move(label);
  std::vector<SnapshotPtr> bases;
  for (const SnapshotPtr& one : store_.all()) {
    if (one->sameProcess(*analysed)) bases.push_back(one);
  }
  auto fork = std::make_shared<sources::SourceIndex>(index_.fork());
  analysed->kept = std::make_shared<KeptReports>();
  auto tables = firstTables(*analysed, bases.empty() ? nullptr : bases.back());
  auto locate = [analysis = analysed->analysis, tables = std::move(tables), bases, fork, control] {
    return locateSuspects(*analysis, bases, *fork, tables, control);
  };
  auto located = co_await net::offload(surroundings_.pool, std::move(locate));
  if (!located) co_return std::unexpected(located.error());
  index_.adopt(*fork);
  analysed->suspects = std::move(located->suspects);
  analysed->cleared = std::move(located->cleared);
  std::vector<heap::Suspect> suspects;
  for (const sources::LocatedSuspect& one : analysed->suspects) suspects.push_back(one.suspect);
  analysed->desk = std::make_shared<SqlDesk>(analysed->analysis, std::move(suspects));
  SnapshotPtr stored = store_.add(std::move(*analysed));
  warmUp_->forget();  // the new one is what people look at next
  if (copy.connection) copies_->add(stored->id, copy, settings_.values.copies);
  suspectsChanged();
  co_return stored;
}

Session::Task<api::SnapshotResult> Session::openSnapshot(api::OpenSnapshotParams params,
                                                         LongCall call) {
  auto self = shared_from_this();
  if (auto fine = checkPath(params.path); !fine) co_return std::unexpected(fine.error());
  const auto pause = warmUp_->pause();
  auto progress = co_await begin(call, "Opening " + params.path);
  RunControl control = progress->control(call.cancellation);
  auto load = [path = params.path, control] { return loadSnapshot(path, control); };
  auto loaded = co_await net::offload(surroundings_.pool, std::move(load));
  if (!loaded) co_return std::unexpected(loaded.error());
  auto content = std::make_shared<const net::SnapshotBytes>(std::move(*loaded));
  auto kept = co_await keep(content, params.label, JoinedCopy(), control);
  progress->end();
  if (!kept) co_return std::unexpected(kept.error());
  co_return resultOf(**kept, entryOf(**kept));
}

Session::Task<api::SaveSnapshotResult> Session::saveSnapshot(api::SaveSnapshotParams params,
                                                             LongCall call) {
  auto self = shared_from_this();
  if (auto fine = checkPath(params.path); !fine) co_return std::unexpected(fine.error());
  auto found = store_.find(params.snapshot);
  if (!found) co_return std::unexpected(found.error());
  const auto pause = warmUp_->pause();
  auto progress = co_await begin(call, "Saving " + params.path);
  RunControl control = progress->control(call.cancellation);
  auto save = [content = (*found)->content, path = params.path, control] {
    return session::saveSnapshot(content->view(), path, control);
  };
  auto size = co_await net::offload(surroundings_.pool, std::move(save));
  if (!size) co_return std::unexpected(size.error());
  co_return api::SaveSnapshotResult{*size};
}

Session::Task<api::PartitionResult> Session::partition(api::PartitionParams params, LongCall call) {
  auto self = shared_from_this();
  if (store_.all().empty() && !params.snapshot) co_return emptyPartition(params.by);
  auto now = store_.find(params.snapshot);
  if (!now) co_return std::unexpected(now.error());
  SnapshotPtr since;
  if (params.since) {
    auto found = store_.find(params.since);
    if (!found) co_return std::unexpected(found.error());
    since = *found;
  }
  const auto pause = lookAt(*now, since, tableName(params));
  if (auto next = likelyAfter(*now, params.by)) warmUp_->makeNext(*std::move(next));
  auto progress = co_await begin(call, "Dividing the heap");
  RunControl control = progress->control(call.cancellation);
  auto divide = [now = *now, since, params, control] {
    return tabulate(*now, since.get(), params, control);
  };
  auto table = co_await net::offload(surroundings_.pool, std::move(divide));
  progress->end();
  co_return table;
}

Session::Task<api::SuspectsResult> Session::suspects(api::SuspectsParams params, LongCall call) {
  auto self = shared_from_this();
  if (store_.all().empty() && !params.snapshot) co_return api::SuspectsResult{};
  auto now = store_.find(params.snapshot);
  if (!now) co_return std::unexpected(now.error());
  if (!params.since) {
    co_return api::SuspectsResult{(*now)->id, features::suspectReports(*suspectsOf(*now)),
                                  features::clearedReports((*now)->cleared)};
  }
  std::vector<SnapshotPtr> bases;
  for (const std::string& id : *params.since) {
    auto base = store_.find(id);
    if (!base) co_return std::unexpected(base.error());
    bases.push_back(*base);
  }
  const auto pause = warmUp_->pause();
  auto progress = co_await begin(call, "Finding suspects");
  RunControl control = progress->control(call.cancellation);
  auto fork = std::make_shared<sources::SourceIndex>(index_.fork());
  auto locate = [now = *now, bases, fork, control] {
    return locateSuspects(*now->analysis, bases, *fork, control);
  };
  auto located = co_await net::offload(surroundings_.pool, std::move(locate));
  progress->end();
  if (!located) co_return std::unexpected(located.error());
  index_.adopt(*fork);
  auto shown = features::withoutExpected(std::move(located->suspects), expectedSuspects());
  co_return api::SuspectsResult{(*now)->id, features::suspectReports(shown),
                                features::clearedReports(located->cleared)};
}

}  // namespace whyalive::session
