// Reference cycles as whyalive/cycles and `whyalive cycles --json` tell them. Pure.
#pragma once

#include <string>

#include "protocol/whyalive/cycles.h"
#include "server/heap/analysis.h"
#include "server/heap/cycles_report.h"

namespace whyalive::features {

api::CyclesResult cyclesReport(const heap::Analysis& analysis, const heap::CyclesReport& cycles,
                               std::string snapshot, const api::CyclesParams& params);

}  // namespace whyalive::features
