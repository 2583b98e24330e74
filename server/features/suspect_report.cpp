#include "server/features/suspect_report.h"

#include <optional>
#include <string>

namespace whyalive::features {
namespace {

std::optional<std::uint32_t> id(ObjectIndex object) {
  if (object == kNoObject) return std::nullopt;
  return raw(object);
}

}  // namespace

std::vector<api::HolderStep> stepReports(std::span<const heap::Step> steps) {
  std::vector<api::HolderStep> reports;
  reports.reserve(steps.size());
  for (const heap::Step& step : steps) {
    api::HolderStep one{std::string(toString(step.kind)), step.name, std::nullopt, id(step.object)};
    if (!step.type.empty()) one.type = step.type;
    reports.push_back(std::move(one));
  }
  return reports;
}

api::Holder holderReport(const heap::Holder& holder) {
  return {holder.expression, holder.type, id(holder.object), stepReports(holder.steps)};
}

std::vector<api::SourceLocation> locationReports(std::span<const sources::Location> locations) {
  std::vector<api::SourceLocation> reports;
  for (const sources::Location& place : locations) {
    reports.push_back({std::string(toString(place.role)), place.file, place.line, place.column,
                       place.function, place.text});
  }
  return reports;
}

api::Suspect suspectReport(const sources::LocatedSuspect& located) {
  const heap::Suspect& suspect = located.suspect;
  api::Suspect report;
  report.rank = suspect.rank;
  report.kind = toString(suspect.kind);
  report.title = suspect.title;
  report.signature = suspect.signature;
  for (const heap::TypeShare& share : suspect.types) {
    report.types.push_back({share.type, share.count, share.bytes});
  }
  report.count = suspect.count;
  report.retained = suspect.retained;
  if (suspect.hasGrowth) report.growth = {suspect.growth.count, suspect.growth.bytes};
  report.note = suspect.note;
  report.holder = holderReport(suspect.holder);
  for (const heap::Holder& joint : suspect.jointHolders) {
    if (!report.jointHolders) report.jointHolders.emplace();
    report.jointHolders->push_back(holderReport(joint));
  }
  report.locations = locationReports(located.locations);
  return report;
}

std::vector<api::Suspect> suspectReports(std::span<const sources::LocatedSuspect> located) {
  std::vector<api::Suspect> reports;
  reports.reserve(located.size());
  for (const sources::LocatedSuspect& one : located) reports.push_back(suspectReport(one));
  return reports;
}

std::vector<api::ClearedHolder> clearedReports(std::span<const heap::ClearedHolder> cleared) {
  std::vector<api::ClearedHolder> reports;
  for (const heap::ClearedHolder& one : cleared) {
    reports.push_back({one.holder.expression, one.holder.type, one.retained, one.note});
  }
  return reports;
}

}  // namespace whyalive::features
