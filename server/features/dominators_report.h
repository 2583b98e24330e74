// Levels of the dominator tree, and the flame graph, as the protocol tells them. Pure.
#pragma once

#include <string>

#include "protocol/base/result.h"
#include "protocol/base/run_control.h"
#include "protocol/whyalive/dominators.h"
#include "server/heap/analysis.h"
#include "server/heap/flame.h"

namespace whyalive::features {

Result<api::DominatorsResult> dominatorsReport(const heap::Analysis& analysis, std::string snapshot,
                                               const api::DominatorsParams& params,
                                               const RunControl& control);
Result<void> checkFlame(const api::FlameParams& params);
Result<api::FlameResult> flameReport(const heap::FlameTree& tree, std::string snapshot,
                                     const api::FlameParams& params);

}  // namespace whyalive::features
