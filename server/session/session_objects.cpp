// What is asked of the objects of one snapshot: lists, single ones, who keeps them and what.
#include <nlohmann/json.hpp>
#include <utility>

#include "protocol/json/convert.h"
#include "server/features/cycles_report.h"
#include "server/features/dominators_report.h"
#include "server/features/object_places.h"
#include "server/features/object_report.h"
#include "server/features/object_set.h"
#include "server/features/paths_report.h"
#include "server/heap/analysis.h"
#include "server/heap/retained_set.h"
#include "server/net/typed.h"
#include "server/session/kept_report.h"
#include "server/session/likely_questions.h"
#include "server/session/question.h"
#include "server/session/session.h"
#include "server/session/sql_desk.h"

namespace whyalive::session {
namespace {

// The set that params name; `before` is the snapshot of their `newSince`.
Result<std::vector<ObjectIndex>> objectsOf(const StoredSnapshot& now, const StoredSnapshot* before,
                                           const api::ObjectSet& set, const RunControl& control) {
  std::shared_ptr<const heap::Fates> since;
  if (before != nullptr) {
    auto fates = fatesSince(now, *before, control);
    if (!fates) return std::unexpected(fates.error());
    since = *std::move(fates);
  }
  const auto where = [&](const std::string& condition, const RunControl& whileAsking) {
    return now.desk->objectsWhere(condition, whileAsking);
  };
  return features::objectsOf(now.analysis, set, since.get(), control, &now.kept->classification,
                             where);
}

Result<api::ObjectsResult> listObjects(const StoredSnapshot& now, const StoredSnapshot* before,
                                       const api::ObjectsParams& params,
                                       const RunControl& control) {
  auto objects = objectsOf(now, before, params, control);
  if (!objects) return std::unexpected(objects.error());
  api::ObjectsParams set = params;  // every page of it has the same total
  set.snapshot.reset();
  set.order = {};
  set.offset = set.limit = 0;
  const heap::Analysis& analysis = *now.analysis;
  const auto retained =
      now.kept->retained.at(json::write(set).dump())
          ->get([&] { return heap::retainedSize(analysis, *objects, control); }, control);
  if (!retained) return std::unexpected(retained.error());
  return features::objectsReport(analysis, *std::move(objects), **retained, now.id, params);
}

Result<api::PathsResult> findPaths(const StoredSnapshot& now, const StoredSnapshot* before,
                                   const api::PathsParams& params, const RunControl& control) {
  const auto objects = objectsOf(now, before, params, control);
  if (!objects) return std::unexpected(objects.error());
  return features::pathsReport(*now.analysis, *objects, now.id, params.count, control);
}

Result<api::CyclesResult> listCycles(const StoredSnapshot& now, const StoredSnapshot*,
                                     const api::CyclesParams& params, const RunControl& control) {
  const auto cycles = cyclesOf(now, control);
  if (!cycles) return std::unexpected(cycles.error());
  return features::cyclesReport(*now.analysis, **cycles, now.id, params);
}

}  // namespace

Session::Task<api::ObjectsResult> Session::objects(api::ObjectsParams params, LongCall call) {
  return question<api::Objects>(std::move(params), std::move(call), "Listing objects", listObjects);
}

Session::Task<api::PathsResult> Session::paths(api::PathsParams params, LongCall call) {
  auto self = shared_from_this();
  if (!features::namesObjects(params)) {
    co_return fail(ErrorCode::InvalidArgument,
                   "params.objects: must name objects, or params.type a type",
                   "`row`, `where` and `newSince` name sets, too");
  }
  constexpr std::uint32_t kMostPaths = 1000;
  if (params.count == 0 || params.count > kMostPaths) {
    co_return fail(ErrorCode::InvalidArgument,
                   "params.count: must be between 1 and " + std::to_string(kMostPaths));
  }
  co_return co_await question<api::Paths>(std::move(params), std::move(call), "Finding paths",
                                          findPaths);
}

Session::Task<api::CyclesResult> Session::cycles(api::CyclesParams params, LongCall call) {
  return question<api::Cycles>(std::move(params), std::move(call), "Finding cycles", listCycles,
                               kCyclesName);
}

Session::Task<api::ReferencesResult> Session::referrers(api::ReferencesParams params,
                                                        LongCall call) {
  const auto list = [](const StoredSnapshot& now, const StoredSnapshot*,
                       const api::ReferencesParams& wanted, const RunControl&) {
    return features::referrersReport(*now.analysis, now.id, wanted);
  };
  return question<api::Referrers>(std::move(params), std::move(call), "Listing referrers", list);
}

Session::Task<api::ReferencesResult> Session::referents(api::ReferencesParams params,
                                                        LongCall call) {
  const auto list = [](const StoredSnapshot& now, const StoredSnapshot*,
                       const api::ReferencesParams& wanted, const RunControl&) {
    return features::referentsReport(*now.analysis, now.id, wanted);
  };
  return question<api::Referents>(std::move(params), std::move(call), "Listing referents", list);
}

Session::Task<api::DominatorsResult> Session::dominators(api::DominatorsParams params,
                                                         LongCall call) {
  const auto list = [](const StoredSnapshot& now, const StoredSnapshot*,
                       const api::DominatorsParams& wanted, const RunControl& control) {
    return features::dominatorsReport(*now.analysis, now.id, wanted, control);
  };
  return question<api::Dominators>(std::move(params), std::move(call), "Browsing", list,
                                   "dominators");
}

Session::Task<api::FlameResult> Session::flame(api::FlameParams params, LongCall call) {
  const auto draw = [](const StoredSnapshot& now, const StoredSnapshot*,
                       const api::FlameParams& wanted, const RunControl& control) {
    if (auto fine = features::checkFlame(wanted); !fine) {
      return Result<api::FlameResult>(std::unexpected(fine.error()));
    }
    const auto tree = flameOf(now, control);
    if (!tree) return Result<api::FlameResult>(std::unexpected(tree.error()));
    return features::flameReport(**tree, now.id, wanted);
  };
  return question<api::Flame>(std::move(params), std::move(call), "Folding paths", draw,
                              kFlameName);
}

Session::Task<api::ClassesResult> Session::classes(api::ClassesParams params, LongCall call) {
  auto self = shared_from_this();
  constexpr std::size_t kMostTypes = 1000;
  if (params.types.size() > kMostTypes) {
    co_return fail(ErrorCode::InvalidArgument,
                   "params.types: must be at most " + std::to_string(kMostTypes));
  }
  auto fork = std::make_shared<sources::SourceIndex>(index_.fork());
  const auto find = [fork](const StoredSnapshot& now, const StoredSnapshot*,
                           const api::ClassesParams& wanted,
                           const RunControl& control) -> Result<api::ClassesResult> {
    auto places = features::placesOfClasses(*now.analysis, wanted.types, *fork, control);
    if (!places) return std::unexpected(places.error());
    return api::ClassesResult{now.id, *std::move(places)};
  };
  auto found =
      co_await question<api::Classes>(std::move(params), std::move(call), "Finding classes", find);
  index_.adopt(*fork);
  co_return found;
}

Session::Task<api::ObjectResult> Session::object(api::ObjectParams params, LongCall call) {
  auto self = shared_from_this();
  const bool wantsLive = params.live;
  const auto cancellation = call.cancellation;
  auto fork = std::make_shared<sources::SourceIndex>(index_.fork());
  const auto tell = [fork](const StoredSnapshot& now, const StoredSnapshot*,
                           const api::ObjectParams& wanted,
                           const RunControl& control) -> Result<api::ObjectResult> {
    const auto o = features::namedObject(*now.analysis, wanted);
    if (!o) return std::unexpected(o.error());
    api::ObjectResult told = features::objectReport(*now.analysis, *o, now.id, wanted);
    told.locations = features::placesOfObject(*now.analysis, *o, *fork, control);
    return told;
  };
  auto told = co_await question<api::Object>(std::move(params), std::move(call),
                                             "Looking at an object", tell);
  index_.adopt(*fork);
  if (told && wantsLive)
    told->live = co_await liveValue(told->snapshot, told->object.id, cancellation);
  co_return told;
}

}  // namespace whyalive::session
