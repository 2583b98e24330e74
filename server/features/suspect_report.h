// From a located suspect to its shape on the wire, the same for the editor and `suspects --json`.
// Pure.
#pragma once

#include <span>
#include <vector>

#include "protocol/whyalive/suspects.h"
#include "server/sources/annotations.h"

namespace whyalive::features {

api::Suspect suspectReport(const sources::LocatedSuspect& located);
std::vector<api::Suspect> suspectReports(std::span<const sources::LocatedSuspect> located);

}  // namespace whyalive::features
