// Why objects are alive as whyalive/paths and `whyalive why --json` tell it. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "protocol/base/ids.h"
#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "protocol/whyalive/paths.h"
#include "server/heap/analysis.h"

namespace whyalive::features {

// For one object its ways, for several the shortest way of each, merged.
Result<api::PathsResult> pathsReport(const heap::Analysis& analysis,
                                     std::span<const ObjectIndex> objects, std::string snapshot,
                                     std::size_t count, const RunControl& control);

}  // namespace whyalive::features
