// From a located suspect to its shape on the wire, the same for the editor and `suspects --json`.
// Pure.
#pragma once

#include <span>
#include <vector>

#include "protocol/whyalive/suspects.h"
#include "server/heap/suspects.h"
#include "server/sources/annotations.h"

namespace whyalive::features {

std::vector<api::HolderStep> stepReports(std::span<const heap::Step> steps);
api::Holder holderReport(const heap::Holder& holder);
std::vector<api::SourceLocation> locationReports(std::span<const sources::Location> locations);

api::Suspect suspectReport(const sources::LocatedSuspect& located);
std::vector<api::Suspect> suspectReports(std::span<const sources::LocatedSuspect> located);
std::vector<api::ClearedHolder> clearedReports(std::span<const heap::ClearedHolder> cleared);

}  // namespace whyalive::features
