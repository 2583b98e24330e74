// Questions that a person makes up: SQL and pictures.
#include <utility>

#include "server/features/graph_report.h"
#include "server/features/sql_report.h"
#include "server/heap/analysis.h"
#include "server/net/typed.h"
#include "server/pictures/make_picture.h"
#include "server/session/likely_questions.h"
#include "server/session/session.h"
#include "server/session/sql_desk.h"

namespace whyalive::session {
namespace {

sql::SqlOptions optionsOf(const api::SqlParams& params) {
  sql::SqlOptions options;
  options.limit = params.limit;
  options.timeout = std::chrono::milliseconds(params.timeoutMs);
  return options;
}

Result<api::GraphResult> makeGraph(const StoredSnapshot& snapshot, const api::GraphParams& params,
                                   pictures::Renderer& renderer, const RunControl& control) {
  const heap::Analysis& analysis = *snapshot.analysis;
  auto options = features::pictureOptions(analysis, params);
  if (!options) return std::unexpected(options.error());
  for (const sources::LocatedSuspect& one : snapshot.suspects) {
    if (one.suspect.holder.object != kNoObject) {
      options->holders.push_back(one.suspect.holder.object);
    }
  }
  const auto objects = features::graphObjects(analysis, params);
  if (!objects) return std::unexpected(objects.error());
  api::GraphResult nothing;
  nothing.snapshot = snapshot.id;
  nothing.format = params.format;
  if (objects->empty()) return nothing;
  const pictures::Making how{*std::move(options),
                             features::dotOptions(params),
                             features::pictureFormat(params.format),
                             {}};
  const auto made = pictures::makePicture(analysis, *objects, how, renderer, control);
  if (!made) return std::unexpected(made.error());
  return features::graphReport(made->picture, snapshot.id, params.format, made->content);
}

}  // namespace

// Progress for those who asked for it: unlike `begin` it does not make a token of its own, since
// most of these answers come at once.
std::shared_ptr<WorkProgress> Session::report(const LongCall& call, std::string title) {
  if (call.workDoneToken) progressCalls_[*call.workDoneToken] = call.cancellation;
  return std::make_shared<WorkProgress>(executor_, peer_, call.workDoneToken, std::move(title));
}

WarmUp::Pause Session::lookAt(const SnapshotPtr& now, std::string table) {
  const auto& subject = warmUp_->subject();
  if (subject && subject->snapshot == now->id) return warmUp_->pause(nameIn(*now, table));
  const std::vector<SnapshotPtr> earlier = store_.earlier(*now);
  return lookAt(now, earlier.empty() ? nullptr : earlier.back(), table);
}

WarmUp::Pause Session::lookAt(const SnapshotPtr& now, const SnapshotPtr& since,
                              const std::string& table) {
  auto pause = warmUp_->pause(nameIn(*now, table));
  WarmUp::Subject subject{now->id, since ? since->id : ""};
  if (warmUp_->subject() != subject) {
    warmUp_->begin(std::move(subject), likelyQuestions(now, since));
  }
  return pause;
}

Session::Task<api::SqlResult> Session::sql(api::SqlParams params, LongCall call) {
  auto self = shared_from_this();
  if (store_.all().empty() && !params.snapshot) co_return api::SqlResult{};
  auto now = store_.find(params.snapshot);
  if (!now) co_return std::unexpected(now.error());
  const auto pause = warmUp_->pause();
  auto progress = report(call, "SQL");
  RunControl control = progress->control(call.cancellation);
  auto ask = [now = *now, params, control]() -> Result<api::SqlResult> {
    const auto result = now->desk->query(params.sql, optionsOf(params), control);
    if (!result) return std::unexpected(result.error());
    return features::sqlReport(*result, now->id);
  };
  auto answer = co_await net::offload(surroundings_.pool, std::move(ask));
  progress->end();
  co_return answer;
}

Result<api::SqlSchemaResult> Session::sqlSchema(json::Empty) { return features::sqlSchemaReport(); }

Session::Task<api::GraphResult> Session::graph(api::GraphParams params, LongCall call) {
  auto self = shared_from_this();
  if (store_.all().empty() && !params.snapshot) co_return api::GraphResult{};
  auto now = store_.find(params.snapshot);
  if (!now) co_return std::unexpected(now.error());
  const auto pause = warmUp_->pause();
  auto progress = report(call, "Drawing");
  RunControl control = progress->control(call.cancellation);
  auto draw = [now = *now, params, renderer = renderer_, control] {
    return makeGraph(*now, params, *renderer, control);
  };
  auto drawn = co_await net::offload(surroundings_.pool, std::move(draw));
  progress->end();
  co_return drawn;
}

}  // namespace whyalive::session
