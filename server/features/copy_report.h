// A request to the frozen copy from what an editor asked, and an editor's answer from what the copy
// said. Addresses of the copy become ids of the snapshot. Nothing of the copy is trusted: what it
// says is read field by field. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "protocol/base/result.h"
#include "protocol/whyalive/evaluate.h"

namespace whyalive::heap {
class Analysis;
}

namespace whyalive::features {

// An error names the param that is wrong.
Result<nlohmann::json> copyRequest(const heap::Analysis& analysis,
                                   const api::EvaluateParams& params);

// Corrupt when the copy's reply has another shape.
Result<void> readCopyReply(const heap::Analysis& analysis, const nlohmann::json& reply,
                           api::EvaluateResult& result);

}  // namespace whyalive::features
